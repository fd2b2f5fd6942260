#include "downsample/series_downsampler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <limits>

#include "base/error.h"
#include "downsample/counter_stream.h"
#include "downsample/float_chunk_writer.h"
#include "downsample/testing/vectors.h"
#include "tsdb/chunk/aggregate.h"
#include "tsdb/chunk/decode_chunk.h"
#include "tsdb/chunk/series_merge.h"
#include "tsdb/chunk/xor2.h"
#include "tsdb/chunk/xor_encoder.h"

namespace strata::downsample {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;
using testing::Vector;
using tsdb::Aggregate;
using tsdb::AggregateView;
using tsdb::ChunkView;

constexpr Timestamp kStart = 1'700'006'400'000;  // a whole hour

std::uint64_t bits(double value) {
  return std::bit_cast<std::uint64_t>(value);
}

struct Result {
  tsdb::ChunkArena arena;
  std::vector<ChunkView> chunks;
  Books books;
};

Result downsample(Resolution target, std::span<const ChunkView> input) {
  Result result;
  SeriesDownsampler(target).downsample(input, result.arena, result.chunks, result.books);
  const Books& books = result.books;
  EXPECT_EQ(books.read, books.aggregated + books.stale + books.out_of_order + books.nan);
  return result;
}

tsdb::SampleList regular(std::size_t count, Timestamp interval) {
  tsdb::SampleList samples;
  for (std::size_t i = 0; i < count; ++i) {
    samples.times.push_back(kStart + static_cast<Timestamp>(i) * interval);
    samples.values.push_back(bits(static_cast<double>(i)));
  }
  return samples;
}

// A chunk of k5m of these windows, of the value 1 each but for the counter, which counts.
ChunkView aggregate(std::size_t windows, Timestamp interval, tsdb::ChunkArena& arena) {
  const tsdb::SampleList counter = regular(windows, interval);
  tsdb::SampleList ones = counter;
  std::ranges::fill(ones.values, bits(1));
  AggregateView entries;
  for (std::size_t kind = 0; kind < tsdb::kAggregates; ++kind) {
    const ChunkView entry = encode_xor(kind == 4 ? counter.span() : ones.span(), arena);
    entries.entries[kind] = {entry.encoding, entry.data};
  }
  ChunkView chunk = write_aggregate(entries, arena);
  chunk.min_time = counter.times.front();
  chunk.max_time = counter.times.back();
  return chunk;
}

tsdb::SampleColumns decode(const AggregateView::Entry& entry) {
  tsdb::ChunkDecoder decoder;
  tsdb::SampleColumns samples;
  decoder.decode(entry.encoding, entry.data, samples);
  return samples;
}

Vector aggregate_vector(const std::string& name) {
  for (Vector& vector : testing::aggregate_vectors(STRATA_TEST_DATA)) {
    if (vector.name == name) {
      return std::move(vector);
    }
  }
  throw std::runtime_error("no vector " + name);
}

TEST(SeriesDownsampler, OfNothingMakesNothing) {
  EXPECT_TRUE(downsample(k5m, {}).chunks.empty());
  EXPECT_TRUE(downsample(k1h, {}).chunks.empty());
}

TEST(SeriesDownsampler, RefusesAResolutionThatIsNoTarget) {
  EXPECT_THROW(SeriesDownsampler(0), Error);
  EXPECT_THROW(SeriesDownsampler(60'000), Error);
}

TEST(SeriesDownsampler, RefusesChunksThatOverlap) {
  tsdb::ChunkArena arena;
  const ChunkView chunk = encode_xor(regular(3, 15'000).span(), arena);
  const ChunkView twice[] = {chunk, chunk};
  for (const Resolution target : {k5m, k1h}) {
    EXPECT_THAT([&] { downsample(target, twice); },
                ThrowsMessage<Error>(HasSubstr("found overlapping chunks within series")));
  }
}

TEST(SeriesDownsampler, RefusesAggregatesAmongRawChunks) {
  tsdb::ChunkArena arena;
  const ChunkView chunk = aggregate(3, k5m, arena);
  EXPECT_THAT([&] { downsample(k5m, {&chunk, 1}); },
              ThrowsMessage<Error>(HasSubstr("among raw chunks")));
}

// The reference gives the chunk a time of 0, which no index takes.
TEST(SeriesDownsampler, LeavesAbsentAggregatesOutOfTheTimesOfAChunk) {
  const Vector vector = aggregate_vector("missing_min");
  const Result result = downsample(k1h, testing::views(vector.input));
  ASSERT_EQ(result.chunks.size(), 1u);
  EXPECT_EQ(result.chunks[0].min_time, 1700006699999);
  EXPECT_EQ(result.chunks[0].max_time, 1700006699999);
  EXPECT_EQ(tsdb::testing::to_hex(result.chunks[0].data),
            tsdb::testing::to_hex(vector.out_1h.chunks[0].data));
}

// The reference writes such chunks, and cannot read them.
TEST(SeriesDownsampler, ReadsAnAbsentCounter) {
  const Vector vector = aggregate_vector("missing_counter");
  const Result result = downsample(k1h, testing::views(vector.input));
  ASSERT_EQ(result.chunks.size(), 1u);
  const AggregateView view = tsdb::parse_aggregate(result.chunks[0].data);
  EXPECT_FALSE(view[Aggregate::kCounter].is_present());
  EXPECT_EQ(decode(view[Aggregate::kCount]).size(), 1u);
}

TEST(SeriesDownsampler, OfOnlyAbsentAggregatesMakesNothing) {
  tsdb::ChunkArena arena;
  const ChunkView chunk = write_aggregate({}, arena);
  EXPECT_TRUE(downsample(k1h, {&chunk, 1}).chunks.empty());
}

// The reference loops for ever.
TEST(SeriesDownsampler, PutsAtLeastOneChunkIntoABatch) {
  tsdb::ChunkArena arena;
  const ChunkView chunk = aggregate(2016, k5m, arena);
  ASSERT_EQ(target_chunks({chunk.min_time, chunk.max_time, 2016}, k5m, k1h), 2u);
  const Result result = downsample(k1h, {&chunk, 1});
  ASSERT_EQ(result.chunks.size(), 1u);
  EXPECT_EQ(result.chunks[0].max_time, chunk.max_time);
  EXPECT_EQ(result.books.aggregated, 2016u);
}

TEST(SeriesDownsampler, TakesFloatsOfNewerChunksAsFloats) {
  tsdb::ChunkArena arena;
  const tsdb::SampleList samples = regular(50, 15'000);
  tsdb::Xor2Encoder encoder;
  for (std::size_t i = 0; i < samples.times.size(); ++i) {
    encoder.append(samples.times[i], samples.values[i], 0);
  }
  const ChunkView newer = encoder.finish(arena);
  const ChunkView older = encode_xor(samples.span(), arena);
  for (const Resolution target : {k5m, k1h}) {
    const Result got = downsample(target, {&newer, 1});
    const Result want = downsample(target, {&older, 1});
    ASSERT_EQ(got.chunks.size(), 1u);
    EXPECT_TRUE(equal(got.chunks[0].data, want.chunks[0].data));
    EXPECT_EQ(got.books.read, 50u);
  }
}

TEST(SeriesDownsampler, BooksWhatIsDroppedOfARawChunkAtK5m) {
  tsdb::ChunkArena arena;
  tsdb::SampleList samples = regular(10, 15'000);
  samples.values[2] = tsdb::kStaleMarker;
  samples.values[4] = bits(std::numeric_limits<double>::quiet_NaN());
  samples.times[6] = samples.times[3];
  const ChunkView raw = encode_xor(samples.span(), arena);
  for (const Resolution target : {k5m, k1h}) {
    const Result result = downsample(target, {&raw, 1});
    EXPECT_EQ(result.books.read, 10u);
    EXPECT_EQ(result.books.aggregated, 7u);
    EXPECT_EQ(result.books.stale, 1u);
    EXPECT_EQ(result.books.nan, 1u);
    EXPECT_EQ(result.books.out_of_order, 1u);
  }
}

TEST(SeriesDownsampler, BooksCountsThatAreNoneAsNoSamples) {
  tsdb::ChunkArena arena;
  tsdb::SampleList counts = regular(5, k5m);
  counts.values = {bits(3), bits(-1), bits(0.5), bits(std::numeric_limits<double>::quiet_NaN()),
                   bits(4)};
  AggregateView entries;
  const ChunkView entry = encode_xor(counts.span(), arena);
  entries.entries[0] = {entry.encoding, entry.data};
  ChunkView chunk = write_aggregate(entries, arena);
  chunk.max_time = entry.max_time;
  const Result result = downsample(k1h, {&chunk, 1});
  EXPECT_EQ(result.books.read, 7u);
  EXPECT_EQ(result.books.aggregated, 7u);
}

TEST(SeriesDownsampler, KeepsDescendingTimesWithinBounds) {
  // The index says that the chunks ascend; their samples do not, and the last is the earliest.
  tsdb::ChunkArena arena;
  tsdb::SampleList late = regular(100, k5m);
  tsdb::SampleList early = regular(100, 15'000);
  for (Timestamp& time : late.times) {
    time += 1'000 * k1h;
  }
  late.times.back() = std::numeric_limits<Timestamp>::max() - 1;
  ChunkView chunks[] = {encode_xor(late.span(), arena), encode_xor(early.span(), arena)};
  chunks[0].max_time = 1;
  chunks[0].min_time = 0;
  const Result result = downsample(k5m, chunks);
  EXPECT_EQ(result.books.aggregated, 200u);
}

// 16 bits count the samples of a chunk; the reference's wrap.
TEST(FloatChunkWriter, CutsWhatAChunkCannotCount) {
  tsdb::SampleList counter = regular(150'002, k5m);
  counter.times[0] -= 7;
  counter.times.back() = counter.times[150'000];
  counter.values.back() = bits(42);
  const tsdb::SampleSpan windows = counter.span().part(1, 150'000);
  tsdb::ChunkArena arena;
  std::vector<ChunkView> out;
  FloatChunkWriter().write({windows, windows, windows, windows, counter.span()}, arena, out);
  ASSERT_EQ(out.size(), 3u);
  std::size_t size = 0;
  tsdb::SampleList totals;
  CounterResets resets(totals);
  for (const ChunkView& chunk : out) {
    EXPECT_EQ(chunk.min_time, windows.times[size]);
    size += verify_chunk(chunk);
    EXPECT_EQ(chunk.max_time, windows.times[size - 1]);
    const tsdb::SampleColumns part = decode(tsdb::parse_aggregate(chunk.data)[Aggregate::kCounter]);
    resets.add_chunk({part.times.data(), part.values.data(), part.size()});
  }
  EXPECT_EQ(size, 150'000u);
  EXPECT_EQ(resets.last_value(), bits(42));
  counter.resize(150'001);
  EXPECT_TRUE(totals.times == counter.times);
  EXPECT_TRUE(totals.values == counter.values);
}

TEST(FloatChunkWriter, RefusesToCutWhereTimesDiffer) {
  tsdb::SampleList counts = regular(70'000, k5m);
  const tsdb::SampleSpan all = counts.span();
  tsdb::ChunkArena arena;
  std::vector<ChunkView> out;
  EXPECT_THROW(FloatChunkWriter().write({all, all.part(1, 69'000), {}, {}, {}}, arena, out), Error);
}

// Downsamples chunks that may be damaged.
class Survivor {
 public:
  explicit Survivor(Resolution target) : downsampler_(target) {}

  void try_data(ChunkView chunk, Bytes data) {
    // A copy of the exact size, so that the sanitizer sees a read behind it.
    const std::vector<std::uint8_t> exact(data.begin(), data.end());
    chunk.data = exact;
    arena_.clear();
    out_.clear();
    Books books;
    try {
      downsampler_.downsample({&chunk, 1}, arena_, out_, books);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kCorrupt);
      return;
    }
    EXPECT_EQ(books.read, books.aggregated + books.stale + books.out_of_order + books.nan);
  }

 private:
  SeriesDownsampler downsampler_;
  tsdb::ChunkArena arena_;
  std::vector<ChunkView> out_;
};

TEST(SeriesDownsampler, RefusesOrReadsDamagedChunks) {
  tsdb::ChunkArena arena;
  const ChunkView raw = encode_xor(regular(12, 15'000).span(), arena);
  for (const ChunkView& chunk : {aggregate(1, k5m, arena), aggregate(5, k5m, arena), raw}) {
    for (const Resolution target : {k5m, k1h}) {
      Survivor survivor(target);
      for (std::size_t size = 0; size < chunk.data.size(); ++size) {
        survivor.try_data(chunk, chunk.data.first(size));
      }
      std::vector<std::uint8_t> data(chunk.data.begin(), chunk.data.end());
      for (std::size_t bit = 0; bit < data.size() * 8; ++bit) {
        data[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
        survivor.try_data(chunk, data);
        data[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
      }
    }
  }
}

}  // namespace
}  // namespace strata::downsample
