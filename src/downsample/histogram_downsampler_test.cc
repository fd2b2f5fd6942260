#include "downsample/histogram_downsampler.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "downsample/testing/vectors.h"

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
    EXPECT_EQ(to_hex(got.chunks[i].data), to_hex(want[i].data));
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

}  // namespace
}  // namespace strata::downsample
