#include <fmt/core.h>
#include <gtest/gtest.h>

#include <set>

#include "downsample/series_downsampler.h"
#include "downsample/testing/vectors.h"
#include "tsdb/chunk/aggregate.h"
#include "tsdb/chunk/series_merge.h"

namespace strata::downsample {
namespace {

using testing::Vector;
using tsdb::ChunkView;

// Quirks of the reference that end in an error, a crash or a block that nobody can read. Ours have
// tests of their own.
const std::set<std::string> kBetter = {"missing_min", "missing_counter", "nhcb_then_exponential"};

void expect_bytes(Resolution target, const std::vector<tsdb::testing::OwnedChunk>& input,
                  const Vector::Output& want) {
  SCOPED_TRACE(target);
  tsdb::ChunkArena arena;
  std::vector<ChunkView> got;
  Books books;
  SeriesDownsampler(target).downsample(testing::views(input), arena, got, books);
  ASSERT_EQ(got.size(), want.chunks.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    SCOPED_TRACE(i);
    const ChunkView& chunk = want.chunks[i].view;
    EXPECT_EQ(got[i].encoding, tsdb::Encoding::kAggregate);
    EXPECT_EQ(got[i].min_time, chunk.min_time);
    EXPECT_EQ(got[i].max_time, chunk.max_time);
    EXPECT_EQ(got[i].crc, chunk.crc);
    EXPECT_EQ(tsdb::testing::to_hex(got[i].data), tsdb::testing::to_hex(chunk.data));
  }
  EXPECT_EQ(books.read, books.aggregated + books.stale + books.out_of_order + books.nan);
}

TEST(DownsampleVectors, OfRawSeriesGiveTheBytesOfTheReference) {
  std::size_t checked = 0;
  for (const Vector& vector : testing::raw_vectors(STRATA_TEST_DATA)) {
    if (kBetter.contains(vector.name)) {
      continue;
    }
    SCOPED_TRACE(vector.name);
    ASSERT_TRUE(vector.out_5m.error.empty());
    expect_bytes(k5m, vector.input, vector.out_5m);
    if (vector.out_1h.is_known) {
      expect_bytes(k1h, vector.out_5m.chunks, vector.out_1h);
    }
    ++checked;
  }
  EXPECT_EQ(checked, 99u);
}

TEST(DownsampleVectors, PassTheVerification) {
  for (const Vector& vector : testing::raw_vectors(STRATA_TEST_DATA)) {
    for (const Vector::Output* output : {&vector.out_5m, &vector.out_1h}) {
      for (std::size_t i = 0; i < output->chunks.size(); ++i) {
        SCOPED_TRACE(fmt::format("{}, chunk {}", vector.name, i));
        const ChunkView& chunk = output->chunks[i].view;
        EXPECT_EQ(tsdb::verify_chunk(chunk), tsdb::aggregate_sample_count(chunk.data));
      }
    }
  }
}

TEST(DownsampleVectors, OfAggregatesGiveTheBytesOfTheReference) {
  std::size_t checked = 0;
  for (const Vector& vector : testing::aggregate_vectors(STRATA_TEST_DATA)) {
    if (kBetter.contains(vector.name)) {
      continue;
    }
    SCOPED_TRACE(vector.name);
    expect_bytes(k1h, vector.input, vector.out_1h);
    ++checked;
  }
  EXPECT_EQ(checked, 11u);
}

}  // namespace
}  // namespace strata::downsample
