#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>

#include "base/error.h"
#include "tsdb/chunk/aggregate.h"
#include "tsdb/chunk/testing/vectors.h"

namespace strata::tsdb {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

struct Case {
  const char* name;
  unsigned encoding;
  const char* hex;
  Timestamp min_time;
  Timestamp max_time;
  const char* reason;
};

// Sound: xor-5 at 0, 1000 …, one empty histogram at 0, aggr-all-five.
const Case kCases[] = {
    {"no samples", 1, "0000", 0, 0, "no samples"},
    {"bytes behind", 1, "0001d00f3ff00000000000000000", 1000, 1000, "2 bytes behind"},
    {"wrong start", 1, "0001d00f3ff0000000000000", 999, 1000, "the index says 999"},
    {"wrong end", 1, "0001d00f3ff0000000000000", 1000, 1001, "the index says 1000 to 1001"},
    {"final bits", 1, "0005004045400000000000904e01", 0, 40000, "bits set behind"},
    {"equal times", 1,
     "000200404540000000000000"
     "0000",
     0, 0, "follows one of"},
    {"header bits", 2, "00010100000000000000000000", 0, 0, "unused bits of the header"},
    {"no count entry", 255, "0000000000", 0, 0, "no count entry"},
    {"long entry", 255, "05010002", 0, 0, "longer than the data"},
    {"entry of entries", 255, "01ff0000000000", 0, 0, "has encoding 255"},
    {"entries end", 255, "0000", 0, 0, "bad length"},
    {"bytes behind entries", 255, "000000000000", 0, 0, "behind the last entry"},
    {"unknown", 9, "0000", 0, 0, "unknown chunk encoding 9"},
};

TEST(VerifyChunk, SaysWhatIsWrong) {
  for (const Case& one : kCases) {
    SCOPED_TRACE(one.name);
    const testing::OwnedChunk chunk =
        testing::own_chunk(static_cast<Encoding>(one.encoding), testing::from_hex(one.hex),
                           one.min_time, one.max_time);
    EXPECT_THAT([&] { verify_chunk(chunk.view); }, ThrowsMessage<Error>(HasSubstr(one.reason)));
  }
}

TEST(VerifyChunk, CountsTheSamplesOfSoundChunks) {
  const testing::OwnedChunk floats = testing::own_chunk(
      Encoding::kXor, testing::from_hex("0005004045400000000000904e00"), 0, 40000);
  EXPECT_EQ(verify_chunk(floats.view), 5u);
  const testing::OwnedChunk histogram = testing::own_chunk(
      Encoding::kHistogram, testing::from_hex("00010000000000000000000000"), 0, 0);
  EXPECT_EQ(verify_chunk(histogram.view), 1u);
}

ChunkView written(const AggregateView& view, ChunkArena& arena) {
  ChunkView chunk = write_aggregate(view, arena);
  chunk.min_time = 1000;
  chunk.max_time = 2000;
  return chunk;
}

// An aggregate chunk from 1000 to 2000, of floats, with these times of sum and counter.
ChunkView aggregate(const std::vector<Timestamp>& sum, const std::vector<Timestamp>& counter,
                    ChunkArena& arena) {
  const std::vector<Timestamp> windows = {1000, 2000};
  const std::vector<std::uint64_t> values = {1, 2, 3, 4, 5};
  AggregateView view;
  for (std::size_t i = 0; i < kAggregates; ++i) {
    const std::vector<Timestamp>& times = i == 1 ? sum : i == 4 ? counter : windows;
    const ChunkView entry = encode_xor({times.data(), values.data(), times.size()}, arena);
    view.entries[i] = {entry.encoding, entry.data};
  }
  return written(view, arena);
}

TEST(VerifyChunk, AcceptsAnAggregateWhoseCounterRepeatsTimesAtItsEnds) {
  ChunkArena arena;
  const std::vector<Timestamp> windows = {1000, 2000};
  EXPECT_EQ(verify_chunk(aggregate(windows, {5, 1000, 2000, 2000}, arena)), 2u);
  EXPECT_EQ(verify_chunk(aggregate(windows, {1000, 1000, 2000, 2000}, arena)), 2u);
  ChunkView chunk = aggregate(windows, {5, 1000, 2000, 2000}, arena);
  chunk.max_time = 2001;
  EXPECT_THROW(verify_chunk(chunk), Error);
}

TEST(VerifyChunk, ComparesTheTimesOfTheEntriesOfAnAggregate) {
  ChunkArena arena;
  const std::vector<Timestamp> windows = {1000, 2000};
  EXPECT_THAT([&] { verify_chunk(aggregate({1000}, {5, 1000, 2000, 2000}, arena)); },
              ThrowsMessage<Error>(HasSubstr("differ in their times")));
  EXPECT_THAT([&] { verify_chunk(aggregate(windows, {5, 1000, 1000, 2000}, arena)); },
              ThrowsMessage<Error>(HasSubstr("sample 2 of time 1000")));
  EXPECT_THAT([&] { verify_chunk(aggregate(windows, {5, 1000, 2000, 2001}, arena)); },
              ThrowsMessage<Error>(HasSubstr("behind the last window")));
}

TEST(WriteAggregate, IsReadBackAndTakesAByteForWhatIsAbsent) {
  ChunkArena arena;
  EXPECT_EQ(testing::to_hex(write_aggregate({}, arena).data), "0000000000");
  for (testing::AggregateVector& vector : testing::aggregate_vectors(STRATA_TEST_DATA)) {
    const ChunkView chunk = write_aggregate(parse_aggregate(vector.data), arena);
    EXPECT_EQ(testing::to_hex(chunk.data), testing::to_hex(vector.data));
    EXPECT_EQ(chunk.crc,
              testing::own_chunk(Encoding::kAggregate, std::move(vector.data), 0, 0).view.crc);
  }
}

SampleColumns histogram(Timestamp time, std::uint64_t count, double sum) {
  SampleColumns samples;
  samples.clear(SampleType::kHistogram);
  samples.times.push_back(time);
  samples.layout.spans[kPositive] = {{0, 2}};
  samples.layout.buckets[kPositive] = 2;
  samples.buckets = {1, 2};
  samples.histograms.push_back({.count = count, .sum = std::bit_cast<std::uint64_t>(sum)});
  return samples;
}

ChunkView encode_one(const SampleColumns& samples, ChunkArena& arena) {
  HistogramAppender appender;
  appender.open(Encoding::kHistogram, ResetHeader::kUnknown);
  appender.append(samples, 0);
  return appender.finish(arena);
}

TEST(VerifyChunk, WantsACountForEveryWindowOfHistograms) {
  SampleColumns samples = histogram(1000, std::bit_cast<std::uint64_t>(3.0), 1.5);
  samples.type = SampleType::kFloatHistogram;
  ChunkArena arena;
  for (const Timestamp time : {Timestamp{1000}, Timestamp{2000}, Timestamp{1500}}) {
    samples.times[0] = time;
    HistogramAppender appender;
    appender.open(Encoding::kFloatHistogram, ResetHeader::kUnknown);
    appender.append(samples, 0);
    const ChunkView histograms = appender.finish(arena);
    const ChunkView chunk = aggregate({1000, 2000}, {1000}, arena);
    AggregateView view = parse_aggregate(chunk.data);
    view.entries[1] = view.entries[4] = {histograms.encoding, histograms.data};
    EXPECT_THAT([&] { verify_chunk(written(view, arena)); },
                ThrowsMessage<Error>(HasSubstr("a minimum or maximum")));
    view.entries[2] = view.entries[3] = {};
    if (time == 1500) {
      EXPECT_THAT([&] { verify_chunk(written(view, arena)); },
                  ThrowsMessage<Error>(HasSubstr("have no count")));
    } else {
      EXPECT_EQ(verify_chunk(written(view, arena)), 2u);
    }
  }
}

TEST(VerifyChunk, ComparesTheCountWithTheBuckets) {
  ChunkArena arena;
  EXPECT_EQ(verify_chunk(encode_one(histogram(7, 3, 1.5), arena)), 1u);
  EXPECT_THROW(verify_chunk(encode_one(histogram(7, 4, 1.5), arena)), Error);
  EXPECT_THROW(verify_chunk(encode_one(histogram(7, 2, 1.5), arena)), Error);
  const double nan = std::bit_cast<double>(std::uint64_t{0x7ff8000000000001});
  EXPECT_EQ(verify_chunk(encode_one(histogram(7, 4, nan), arena)), 1u);
  EXPECT_THROW(verify_chunk(encode_one(histogram(7, 2, nan), arena)), Error);
}

TEST(VerifyChunk, RefusesAHistogramBehindAStaleOne) {
  const SampleColumns live = histogram(7, 3, 1.5);
  const HistogramEncoder::Sample first{
      .time = 7, .count = 3, .sum = live.histograms[0].sum, .buckets = live.buckets.data()};
  HistogramEncoder::Sample third = first;
  third.time = 9;
  ChunkArena arena;
  HistogramEncoder encoder;
  for (const bool revived : {false, true}) {
    encoder.begin(Encoding::kHistogram, live.layout);
    encoder.append(first);
    encoder.append({.time = 8, .sum = kStaleMarker});
    if (revived) {
      encoder.append(third);
    }
    const ChunkView chunk = encoder.finish(ResetHeader::kUnknown, arena);
    if (revived) {
      EXPECT_THAT([&] { verify_chunk(chunk); },
                  ThrowsMessage<Error>(HasSubstr("follows a stale one")));
    } else {
      EXPECT_EQ(verify_chunk(chunk), 2u);
    }
  }
}

TEST(DecodeChunk, ReducesReservedSchemasToEight) {
  SampleColumns samples;
  samples.clear(SampleType::kHistogram);
  samples.times.push_back(1);
  samples.layout.schema = 10;
  // Four buckets of schema 10 make one of schema 8: 1-4 → 1, 5-8 → 2.
  samples.layout.spans[kPositive] = {{3, 3}, {2, 1}};
  samples.layout.spans[kNegative] = {{-4, 5}};
  samples.layout.buckets[kPositive] = 4;
  samples.layout.buckets[kNegative] = 5;
  samples.buckets = {1, 2, 4, 8, 1, 1, 1, 1, 1};
  samples.histograms.push_back({.count = 20, .sum = std::bit_cast<std::uint64_t>(2.0)});
  ChunkArena arena;
  const std::vector<testing::PlainSample> read = testing::decode_plain(encode_one(samples, arena));
  ASSERT_EQ(read.size(), 1u);
  EXPECT_EQ(read[0].schema, 8);
  using Buckets = std::map<std::int64_t, std::uint64_t>;
  EXPECT_EQ(read[0].buckets[kPositive], (Buckets{{1, 3}, {2, 12}}));
  EXPECT_EQ(read[0].buckets[kNegative], (Buckets{{-1, 1}, {0, 4}}));
}

}  // namespace
}  // namespace strata::tsdb
