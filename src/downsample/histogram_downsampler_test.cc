#include "downsample/histogram_downsampler.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>

#include "base/error.h"
#include "downsample/testing/random_histograms.h"
#include "downsample/testing/vectors.h"
#include "tsdb/chunk/decode_chunk.h"
#include "tsdb/chunk/histogram_encoder.h"

namespace strata::downsample {
namespace {

using testing::Vector;
using tsdb::AggregateView;
using tsdb::ChunkView;
using tsdb::Encoding;
using tsdb::testing::OwnedChunk;
using tsdb::testing::to_hex;

bool is_histogram(const ChunkView& chunk) {
  if (chunk.encoding != Encoding::kAggregate) {
    return chunk.encoding != Encoding::kXor;
  }
  const AggregateView view = tsdb::parse_aggregate(chunk.data);
  return view[tsdb::Aggregate::kCounter].encoding == Encoding::kFloatHistogram;
}

// Maximal stretches of histogram chunks.
std::vector<std::vector<ChunkView>> histogram_runs(const std::vector<OwnedChunk>& chunks) {
  std::vector<std::vector<ChunkView>> runs;
  bool open = false;
  for (const OwnedChunk& chunk : chunks) {
    const bool histogram = is_histogram(chunk.view);
    if (histogram && !open) {
      runs.emplace_back();
    }
    if (histogram) {
      runs.back().push_back(chunk.view);
    }
    open = histogram;
  }
  return runs;
}

struct Result {
  tsdb::ChunkArena arena;
  std::vector<ChunkView> chunks;
  Books books;
};

void downsample_raw(HistogramDownsampler& downsampler, const std::vector<OwnedChunk>& input,
                    Result& result) {
  for (const std::vector<ChunkView>& run : histogram_runs(input)) {
    downsampler.downsample_raw(run, result.arena, result.chunks, result.books);
  }
}

// Divides runs as a series' are.
void downsample_aggregates(HistogramDownsampler& downsampler, const std::vector<OwnedChunk>& input,
                           Result& result) {
  for (const std::vector<ChunkView>& run : histogram_runs(input)) {
    std::vector<AggregateView> views;
    RunExtent extent{.first = run.front().min_time, .last = run.back().max_time};
    for (const ChunkView& chunk : run) {
      views.push_back(tsdb::parse_aggregate(chunk.data));
      extent.samples += tsdb::sample_count(chunk.encoding, chunk.data);
    }
    const std::size_t batch = views.size() / target_chunks(extent, k5m, k1h);
    for (std::size_t at = 0; at < views.size(); at += batch) {
      downsampler.downsample_batch(std::span(views).subspan(at, std::min(batch, views.size() - at)),
                                   result.arena, result.chunks, result.books);
    }
  }
}

void expect_same(const Result& got, const std::vector<ChunkView>& want) {
  ASSERT_EQ(got.chunks.size(), want.size());
  for (std::size_t i = 0; i < want.size(); ++i) {
    SCOPED_TRACE(i);
    EXPECT_EQ(got.chunks[i].encoding, Encoding::kAggregate);
    EXPECT_EQ(got.chunks[i].min_time, want[i].min_time);
    EXPECT_EQ(got.chunks[i].max_time, want[i].max_time);
    EXPECT_TRUE(equal(got.chunks[i].data, want[i].data))
        << to_hex(got.chunks[i].data) << "\ninstead of\n"
        << to_hex(want[i].data);
    EXPECT_EQ(got.chunks[i].crc, want[i].crc);
  }
  const Books& books = got.books;
  EXPECT_EQ(books.read, books.aggregated + books.stale + books.out_of_order + books.nan);
}

std::vector<ChunkView> histogram_chunks(const std::vector<OwnedChunk>& chunks) {
  std::vector<ChunkView> all;
  for (const std::vector<ChunkView>& run : histogram_runs(chunks)) {
    all.insert(all.end(), run.begin(), run.end());
  }
  return all;
}

struct Path {
  const char* name;
  HistogramOptions options;
};
const Path kPaths[] = {
    {"by place", {}},
    {"decoded twice", {.decoded_limit = 0}},
    {"first half held", {.decoded_limit = 4096}},
    {"plain arithmetic", {.by_place = false}},
};

TEST(HistogramDownsampler, MakesTheBytesOfTheReferenceOnEveryPath) {
  const std::vector<Vector> vectors = testing::raw_vectors(STRATA_TEST_DATA);
  for (const Path& path : kPaths) {
    SCOPED_TRACE(path.name);
    HistogramDownsampler downsampler(path.options);
    std::size_t checked = 0;
    for (const Vector& vector : vectors) {
      if (histogram_runs(vector.input).empty() || !vector.out_5m.error.empty()) {
        continue;
      }
      SCOPED_TRACE(vector.name);
      Result result_5m;
      downsample_raw(downsampler, vector.input, result_5m);
      expect_same(result_5m, histogram_chunks(vector.out_5m.chunks));
      Result result_1h;
      downsample_aggregates(downsampler, vector.out_5m.chunks, result_1h);
      expect_same(result_1h, histogram_chunks(vector.out_1h.chunks));
      ++checked;
    }
    EXPECT_EQ(checked, 47u);
  }
}

std::vector<OwnedChunk> owned(const std::vector<ChunkView>& chunks) {
  std::vector<OwnedChunk> result;
  for (const ChunkView& chunk : chunks) {
    result.push_back(tsdb::testing::own_chunk(
        chunk.encoding, {chunk.data.begin(), chunk.data.end()}, chunk.min_time, chunk.max_time));
  }
  return result;
}

// All chunks of both levels.
std::string downsample_both(const HistogramOptions& options, const std::vector<OwnedChunk>& input) {
  HistogramDownsampler downsampler(options);
  Result result_5m;
  downsample_raw(downsampler, input, result_5m);
  Result result_1h;
  downsample_aggregates(downsampler, owned(result_5m.chunks), result_1h);
  std::string text;
  for (const Result* result : {&result_5m, &result_1h}) {
    const Books& books = result->books;
    EXPECT_EQ(books.read, books.aggregated + books.stale + books.out_of_order + books.nan);
    text += fmt::format("{} restarts\n", books.histogram_restarts);
    for (const ChunkView& chunk : result->chunks) {
      text += fmt::format("{} {} ", chunk.min_time, chunk.max_time);
      text += as_text(chunk.data);
    }
  }
  return text;
}

TEST(HistogramDownsampler, MakesTheSameOfRandomRunsOnEveryPath) {
  std::size_t restarted = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    const auto input = testing::random_histograms(seed, testing::StartTimes::kNone);
    const std::string want = downsample_both({.by_place = false}, input);
    restarted += want.starts_with("0 restarts") ? 0 : 1;
    ASSERT_TRUE(downsample_both({}, input) == want);
    ASSERT_TRUE(downsample_both({.decoded_limit = 0}, input) == want);
    ASSERT_TRUE(downsample_both({.decoded_limit = 20'000}, input) == want);
    const auto with_starts = testing::random_histograms(seed, testing::StartTimes::kSome);
    ASSERT_TRUE(downsample_both({}, with_starts) == want);
  }
  EXPECT_GT(restarted, 10u);
}

tsdb::HistogramLayout custom_layout() {
  tsdb::HistogramLayout layout;
  layout.schema = tsdb::kCustomBucketsSchema;
  layout.bounds = {std::bit_cast<std::uint64_t>(1.0), std::bit_cast<std::uint64_t>(2.0)};
  layout.spans[tsdb::kPositive] = {{0, 2}};
  layout.buckets[tsdb::kPositive] = 2;
  return layout;
}

tsdb::HistogramLayout exponential_layout() {
  tsdb::HistogramLayout layout;
  layout.schema = 1;
  layout.spans[tsdb::kPositive] = {{3, 2}};
  layout.buckets[tsdb::kPositive] = 2;
  return layout;
}

// `size` counters that grow, 15 seconds apart.
OwnedChunk counter_chunk(const tsdb::HistogramLayout& layout, Timestamp start, int size = 30) {
  tsdb::HistogramEncoder encoder;
  encoder.begin(Encoding::kHistogram, layout);
  Timestamp time = start;
  for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(size); ++i) {
    const std::uint64_t buckets[] = {2 * i, i};
    encoder.append({.time = time, .count = 3 * i, .sum = 0, .buckets = buckets});
    time += 15'000;
  }
  tsdb::ChunkArena arena;
  const ChunkView chunk = encoder.finish(tsdb::ResetHeader::kUnknown, arena);
  return tsdb::testing::own_chunk(chunk.encoding, {chunk.data.begin(), chunk.data.end()},
                                  chunk.min_time, chunk.max_time);
}

constexpr Timestamp kStart = 1700006400000;

tsdb::HistogramLayout counter_layout(const ChunkView& aggregate) {
  const AggregateView view = tsdb::parse_aggregate(aggregate.data);
  const auto& counter = view[tsdb::Aggregate::kCounter];
  tsdb::SampleColumns samples;
  tsdb::ChunkDecoder().decode(counter.encoding, counter.data, samples);
  return samples.layout;
}

TEST(HistogramDownsampler, EndsAChunkWhereCustomBucketsMeetExponentialOnes) {
  std::vector<OwnedChunk> input;
  input.push_back(counter_chunk(custom_layout(), kStart));
  input.push_back(counter_chunk(exponential_layout(), kStart + 600'000));
  HistogramDownsampler downsampler;
  Result raw;
  downsample_raw(downsampler, input, raw);
  ASSERT_EQ(raw.chunks.size(), 2u);
  EXPECT_EQ(counter_layout(raw.chunks[0]).schema, tsdb::kCustomBucketsSchema);
  EXPECT_EQ(counter_layout(raw.chunks[1]).schema, 1);
  EXPECT_EQ(raw.books.aggregated, 60u);
  EXPECT_EQ(raw.books.histogram_restarts, 0u);

  Result hourly;
  downsample_aggregates(downsampler, owned(raw.chunks), hourly);
  ASSERT_EQ(hourly.chunks.size(), 2u);
  EXPECT_EQ(counter_layout(hourly.chunks[0]).schema, tsdb::kCustomBucketsSchema);
  EXPECT_EQ(counter_layout(hourly.chunks[1]).schema, 1);
  EXPECT_EQ(hourly.books.aggregated, 60u);
}

TEST(HistogramDownsampler, BooksStreamsThatStartAnew) {
  std::vector<OwnedChunk> input;
  tsdb::HistogramLayout layout = exponential_layout();
  input.push_back(counter_chunk(layout, kStart));
  layout.zero_threshold = std::bit_cast<std::uint64_t>(1.0);
  input.push_back(counter_chunk(layout, kStart + 600'000));
  HistogramDownsampler downsampler;
  Result result;
  downsample_raw(downsampler, input, result);
  EXPECT_EQ(result.chunks.size(), 1u);
  EXPECT_EQ(result.books.histogram_restarts, 2u);  // of the counter and of the sum
}

// One aggregate chunk of 5m with the entries that `change` leaves.
std::vector<AggregateView> changed_entries(const std::vector<ChunkView>& chunks, auto change) {
  std::vector<AggregateView> views;
  for (const ChunkView& chunk : chunks) {
    views.push_back(tsdb::parse_aggregate(chunk.data));
    change(views.back());
  }
  return views;
}

TEST(HistogramDownsampler, LeavesAbsentWhatHasNoSamples) {
  using tsdb::Aggregate;
  std::vector<OwnedChunk> input;
  input.push_back(counter_chunk(exponential_layout(), kStart));
  HistogramDownsampler downsampler;
  Result raw;
  downsample_raw(downsampler, input, raw);
  const std::uint8_t no_samples[] = {0, 0, 0};
  for (const Aggregate kind : {Aggregate::kCount, Aggregate::kSum, Aggregate::kCounter}) {
    SCOPED_TRACE(static_cast<int>(kind));
    const auto views = changed_entries(raw.chunks, [&](AggregateView& view) {
      view.entries[static_cast<std::size_t>(kind)].data = no_samples;
    });
    Result result;
    downsampler.downsample_batch(views, result.arena, result.chunks, result.books);
    ASSERT_EQ(result.chunks.size(), 1u);
    EXPECT_EQ(result.chunks[0].min_time, raw.chunks[0].max_time);
    EXPECT_EQ(result.chunks[0].max_time, raw.chunks[0].max_time);
    const AggregateView view = tsdb::parse_aggregate(result.chunks[0].data);
    for (const Aggregate other : {Aggregate::kCount, Aggregate::kSum, Aggregate::kCounter}) {
      EXPECT_EQ(view[other].is_present(), other != kind);
    }
  }
  const auto views = changed_entries(raw.chunks, [&](AggregateView& view) {
    for (AggregateView::Entry& entry : view.entries) {
      entry.data = no_samples;
    }
  });
  Result result;
  downsampler.downsample_batch(views, result.arena, result.chunks, result.books);
  EXPECT_TRUE(result.chunks.empty());
}

TEST(HistogramDownsampler, ReadsIntegerHistogramsInAggregates) {
  const OwnedChunk chunk = counter_chunk(exponential_layout(), kStart, 2);
  std::vector<OwnedChunk> input;
  input.push_back(counter_chunk(exponential_layout(), kStart, 2));
  HistogramDownsampler downsampler;
  Result raw;
  downsample_raw(downsampler, input, raw);
  const auto views = changed_entries(raw.chunks, [&](AggregateView& view) {
    view.entries[static_cast<std::size_t>(tsdb::Aggregate::kCounter)] = {Encoding::kHistogram,
                                                                         chunk.data};
  });
  Result result;
  downsampler.downsample_batch(views, result.arena, result.chunks, result.books);
  ASSERT_EQ(result.chunks.size(), 1u);
  EXPECT_EQ(counter_layout(result.chunks[0]).spans[tsdb::kPositive],
            exponential_layout().spans[tsdb::kPositive]);
}

TEST(HistogramDownsampler, RefusesEntriesThatHoldNoHistograms) {
  std::vector<OwnedChunk> input;
  input.push_back(counter_chunk(exponential_layout(), kStart));
  HistogramDownsampler downsampler;
  Result raw;
  downsample_raw(downsampler, input, raw);
  const auto views = changed_entries(raw.chunks, [&](AggregateView& view) {
    view.entries[static_cast<std::size_t>(tsdb::Aggregate::kSum)] = view[tsdb::Aggregate::kCount];
  });
  Result result;
  EXPECT_THROW(downsampler.downsample_batch(views, result.arena, result.chunks, result.books),
               Error);
}

// A result or an error, no crash: the sanitizers watch.
void survive(HistogramDownsampler& downsampler, const std::vector<OwnedChunk>& input) {
  Result raw;
  try {
    downsample_raw(downsampler, input, raw);
    Result hourly;
    const std::vector<OwnedChunk> chunks = owned(raw.chunks);
    std::vector<AggregateView> views;
    for (const OwnedChunk& chunk : chunks) {
      views.push_back(tsdb::parse_aggregate(chunk.data));
    }
    downsampler.downsample_batch(views, hourly.arena, hourly.chunks, hourly.books);
    const Books& books = raw.books;
    EXPECT_EQ(books.read, books.aggregated + books.stale + books.out_of_order + books.nan);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kCorrupt);
  }
}

TEST(HistogramDownsampler, ReadsOrRefusesDamagedChunks) {
  HistogramDownsampler downsampler;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE(seed);
    std::vector<OwnedChunk> input = testing::random_histograms(seed, testing::StartTimes::kSome);
    input.resize(std::min<std::size_t>(input.size(), 3));
    OwnedChunk& victim = input[seed % input.size()];
    const Buffer whole = victim.data;
    const std::size_t step = std::max<std::size_t>(1, whole.size() / 20);
    for (std::size_t length = 0; length < whole.size(); length += step) {
      victim.view.data = Bytes(whole).first(length);
      survive(downsampler, input);
    }
    victim.view.data = victim.data;
    // The layout in front has the most to say.
    for (std::size_t bit = 0; bit < whole.size() * 8; bit += bit < 200 ? 1 : 97) {
      victim.data[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
      survive(downsampler, input);
      victim.data[bit / 8] = whole[bit / 8];
    }
  }
}

}  // namespace
}  // namespace strata::downsample
