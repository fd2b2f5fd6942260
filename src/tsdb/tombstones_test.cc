#include "tsdb/tombstones.h"

#include <gtest/gtest.h>

#include <limits>
#include <utility>
#include <vector>

#include "base/big_endian.h"
#include "base/crc32c.h"
#include "base/error.h"
#include "base/varint.h"
#include "tsdb/testing/memory_block.h"

namespace strata::tsdb {
namespace {

struct Entry {
  std::uint64_t id;
  Timestamp min, max;
};

testing::MemorySource make(const std::vector<Entry>& entries) {
  Buffer raw;
  append_be(raw, std::uint32_t{0x0130BA30});
  raw.push_back(1);
  for (const Entry& entry : entries) {
    append_uvarint(raw, entry.id);
    append_varint(raw, entry.min);
    append_varint(raw, entry.max);
  }
  append_be(raw, crc32c(Bytes(raw).subspan(5)));
  return {"tombstones", raw};
}

std::vector<std::pair<Timestamp, Timestamp>> intervals(const Tombstones& tombstones,
                                                       std::uint64_t id) {
  std::vector<std::pair<Timestamp, Timestamp>> out;
  for (const Interval& i : tombstones.of(id)) {
    out.emplace_back(i.min, i.max);
  }
  return out;
}

TEST(Tombstones, JoinsWhatOverlapsOrTouches) {
  const auto t = Tombstones::read(
      make({{5, 102, 200}, {5, -5, 100}, {7, 1, 2}, {5, 101, 101}, {7, 4, 5}, {7, 5, 9}}));
  using Want = std::vector<std::pair<Timestamp, Timestamp>>;
  EXPECT_EQ(intervals(t, 5), (Want{{-5, 200}}));
  EXPECT_EQ(intervals(t, 7), (Want{{1, 2}, {4, 9}}));
  EXPECT_EQ(intervals(t, 6), Want{});
}

TEST(Tombstones, EveryFlippedBitIsNoticed) {
  const testing::MemorySource good = make({{5, -5, 100}, {9, 1, 1}});
  Buffer raw(good.size());
  good.read_at(0, raw);
  for (std::size_t bit = 0; bit < raw.size() * 8; ++bit) {
    Buffer bad = raw;
    bad[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    EXPECT_THROW(Tombstones::read(testing::MemorySource("tombstones", bad)), Error) << bit;
  }
  for (std::size_t size = 0; size < raw.size(); ++size) {
    const Buffer bad(raw.begin(), raw.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_THROW(Tombstones::read(testing::MemorySource("tombstones", bad)), Error) << size;
  }
}

TEST(AddInterval, KeepsTheListAscendingAndDisjoint) {
  std::vector<Interval> list;
  constexpr Timestamp kMin = std::numeric_limits<Timestamp>::min();
  constexpr Timestamp kMax = std::numeric_limits<Timestamp>::max();
  for (const Interval& i : {Interval{10, 20}, {30, 40}, {50, kMax}, {kMin, 5}, {21, 29}}) {
    add_interval(list, i);
  }
  ASSERT_EQ(list.size(), 3U);
  EXPECT_EQ(list[0].max, 5);
  EXPECT_EQ(list[1].min, 10);
  EXPECT_EQ(list[1].max, 40);
  EXPECT_EQ(list[2].min, 50);
}

}  // namespace
}  // namespace strata::tsdb
