#include <gtest/gtest.h>

#include <limits>

#include "tsdb/chunk/testing/vectors.h"

namespace strata::tsdb {
namespace {

void expect_same(const std::vector<ChunkView>& got, const std::vector<testing::OwnedChunk>& want) {
  ASSERT_EQ(got.size(), want.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    SCOPED_TRACE(i);
    EXPECT_EQ(got[i].encoding, want[i].view.encoding);
    EXPECT_EQ(got[i].min_time, want[i].view.min_time);
    EXPECT_EQ(got[i].max_time, want[i].view.max_time);
    EXPECT_EQ(got[i].crc, want[i].view.crc);
    EXPECT_EQ(testing::to_hex(got[i].data), testing::to_hex(want[i].data));
  }
}

TEST(MergeVectors, SeriesAreMergedToTheBytesOfTheReference) {
  int merges = 0;
  for (const testing::MergeVector& vector : testing::merge_vectors(STRATA_TEST_DATA)) {
    if (vector.mode == "trim") {
      continue;
    }
    SCOPED_TRACE(vector.name);
    ++merges;
    std::vector<std::vector<ChunkView>> views;
    for (const std::vector<testing::OwnedChunk>& input : vector.inputs) {
      std::vector<ChunkView>& list = views.emplace_back();
      for (const testing::OwnedChunk& chunk : input) {
        list.push_back(chunk.view);
      }
    }
    const std::vector<std::span<const ChunkView>> inputs(views.begin(), views.end());
    SeriesMerger merger(vector.mode == "chain" ? MergeFunction::kOneToOne
                                               : MergeFunction::kPenalty);
    ChunkArena arena;
    for (int again = 0; again < 2; ++again) {
      std::vector<ChunkView> out;
      SampleBooks books;
      merger.merge(inputs, arena, out, books);
      expect_same(out, vector.output);
      EXPECT_EQ(books.read, books.written + books.duplicates);
    }
  }
  EXPECT_EQ(merges, 7);
}

// What a block's reader does with one series before its chunks are trimmed.
std::vector<Interval> intervals(const testing::MergeVector& vector,
                                const std::vector<testing::OwnedChunk>& chunks) {
  std::vector<Interval> drop = vector.tombstones;
  constexpr Timestamp kMin = std::numeric_limits<Timestamp>::min();
  constexpr Timestamp kMax = std::numeric_limits<Timestamp>::max();
  for (const testing::OwnedChunk& chunk : chunks) {
    if (chunk.view.min_time < vector.range.min) {
      drop.insert(drop.begin(), {kMin, vector.range.min - 1});
      break;
    }
  }
  for (const testing::OwnedChunk& chunk : chunks) {
    if (chunk.view.max_time > vector.range.max) {
      if (!drop.empty() && drop.back().max >= vector.range.max) {
        drop.back().max = kMax;
      } else {
        drop.push_back({vector.range.max + 1, kMax});
      }
      break;
    }
  }
  return drop;
}

TEST(MergeVectors, ChunksAreTrimmedToTheBytesOfTheReference) {
  int trims = 0;
  for (const testing::MergeVector& vector : testing::merge_vectors(STRATA_TEST_DATA)) {
    if (vector.mode != "trim") {
      continue;
    }
    SCOPED_TRACE(vector.name);
    ++trims;
    std::vector<testing::OwnedChunk> chunks;
    for (const testing::OwnedChunk& chunk : vector.inputs[0]) {
      const ChunkView& view = chunk.view;
      bool gone = view.max_time < vector.range.min || view.min_time > vector.range.max;
      for (const Interval& tombstone : vector.tombstones) {
        gone |= tombstone.min <= view.min_time && view.max_time <= tombstone.max;
      }
      if (!gone) {
        chunks.push_back(
            testing::own_chunk(view.encoding, chunk.data, view.min_time, view.max_time));
      }
    }
    const std::vector<Interval> drop = intervals(vector, chunks);
    ChunkArena arena;
    std::vector<ChunkView> out;
    SampleBooks books;
    std::uint64_t before = 0;
    std::uint64_t after = 0;
    for (const testing::OwnedChunk& chunk : chunks) {
      bool touched = false;
      for (const Interval& one : drop) {
        touched |= chunk.view.min_time <= one.max && one.min <= chunk.view.max_time;
      }
      if (!touched) {
        out.push_back(chunk.view);
        continue;
      }
      before += sample_count(chunk.view.encoding, chunk.data);
      const std::size_t from = out.size();
      trim_chunk(chunk.view, drop, arena, out, books);
      for (std::size_t i = from; i < out.size(); ++i) {
        after += sample_count(out[i].encoding, out[i].data);
      }
    }
    expect_same(out, vector.output);
    EXPECT_EQ(books.outside, before - after);
    EXPECT_EQ(books.read, books.outside);
  }
  EXPECT_EQ(trims, 12);
}

}  // namespace
}  // namespace strata::tsdb
