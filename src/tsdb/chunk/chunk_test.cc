#include "tsdb/chunk/chunk.h"

#include <gtest/gtest.h>

#include <cstring>

#include "base/error.h"

namespace strata::tsdb {
namespace {

TEST(ChunkArena, KeepsWhatItHandedOutWhereItIs) {
  ChunkArena arena;
  std::vector<std::pair<std::uint8_t*, std::size_t>> parts;
  for (std::size_t i = 0; i < 200; ++i) {
    const std::size_t size = 1 + (i * 7919) % 9000;
    std::uint8_t* at = arena.reserve(size + 100);
    arena.give_back(100);
    std::memset(at, static_cast<int>(i), size);
    parts.emplace_back(at, size);
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    for (std::size_t k = 0; k < parts[i].second; ++k) {
      ASSERT_EQ(parts[i].first[k], static_cast<std::uint8_t>(i));
    }
  }
}

TEST(ChunkArena, TakesSizesAboveItsBlocks) {
  ChunkArena arena;
  std::memset(arena.reserve(10), 1, 10);
  std::memset(arena.reserve(3 << 20), 2, 3 << 20);
  std::memset(arena.reserve(10), 3, 10);
  EXPECT_GE(arena.bytes(), (3u << 20) + 20);
}

TEST(ChunkArena, UsesItsBlocksAgainAfterClear) {
  ChunkArena arena;
  std::uint8_t* const first = arena.reserve(1000);
  for (int i = 0; i < 1000; ++i) {
    arena.reserve(1000);
  }
  const std::size_t used = arena.bytes();
  for (int round = 0; round < 3; ++round) {
    arena.clear();
    EXPECT_EQ(arena.bytes(), 0u);
    EXPECT_EQ(arena.reserve(1000), first);
    for (int i = 0; i < 1000; ++i) {
      std::memset(arena.reserve(1000), 0, 1000);
    }
    EXPECT_EQ(arena.bytes(), used);
  }
  arena.clear();
  arena.reserve(10);
  std::memset(arena.reserve(1 << 20), 0, 1 << 20);
  std::memset(arena.reserve(1000), 0, 1000);
}

TEST(SampleCount, ComesFromTheHeaderOfEachEncoding) {
  const std::uint8_t data[] = {0xc1, 0x02, 0x00};
  EXPECT_EQ(sample_count(Encoding::kXor, data), 0xc102u);
  EXPECT_EQ(sample_count(Encoding::kHistogram, data), 0xc102u);
  EXPECT_EQ(sample_count(Encoding::kFloatHistogram, data), 0xc102u);
  EXPECT_EQ(sample_count(Encoding::kXor2, data), 0xc102u);
  EXPECT_EQ(sample_count(Encoding::kHistogramSt, data), 0x0102u);
  EXPECT_EQ(sample_count(Encoding::kFloatHistogramSt, data), 0x0102u);
}

TEST(SampleCount, OfTooShortOrUnknownDataIsAnError) {
  const std::uint8_t data[] = {0, 1, 0};
  for (const Encoding encoding :
       {Encoding::kXor, Encoding::kHistogram, Encoding::kFloatHistogram, Encoding::kXor2,
        Encoding::kHistogramSt, Encoding::kFloatHistogramSt, Encoding::kAggregate}) {
    SCOPED_TRACE(to_string(encoding));
    EXPECT_TRUE(is_known(encoding));
    EXPECT_THROW(sample_count(encoding, {}), Error);
    if (encoding != Encoding::kAggregate) {
      EXPECT_THROW(sample_count(encoding, Bytes(data).subspan(0, 1)), Error);
    }
  }
  for (const int unknown : {0, 7, 254}) {
    EXPECT_FALSE(is_known(static_cast<Encoding>(unknown)));
    EXPECT_THROW(sample_count(static_cast<Encoding>(unknown), data), Error);
  }
}

}  // namespace
}  // namespace strata::tsdb
