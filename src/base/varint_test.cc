#include "base/varint.h"

#include <gtest/gtest.h>

#include <limits>

namespace strata {
namespace {

TEST(Varint, RoundTripsEveryLength) {
  for (unsigned bit = 0; bit < 64; ++bit) {
    for (const std::uint64_t value : {std::uint64_t{1} << bit, (std::uint64_t{1} << bit) - 1}) {
      Buffer raw;
      append_uvarint(raw, value);
      EXPECT_EQ(raw.size(), uvarint_size(value));
      std::uint64_t back = ~value;
      EXPECT_EQ(get_uvarint(raw.data(), raw.data() + raw.size(), back), raw.data() + raw.size());
      EXPECT_EQ(back, value);
      Buffer roomy = raw;  // with bytes behind it that are not its own
      roomy.resize(raw.size() + 8, 0xff);
      EXPECT_EQ(get_uvarint(roomy.data(), roomy.data() + roomy.size(), back),
                roomy.data() + raw.size());
      EXPECT_EQ(back, value);
      EXPECT_EQ(get_uvarint(raw.data(), raw.data() + raw.size() - 1, back), nullptr);
    }
  }
  EXPECT_EQ(unzigzag(zigzag(std::numeric_limits<std::int64_t>::min())),
            std::numeric_limits<std::int64_t>::min());
}

TEST(Varint, PairsOfUpToEightBytes) {
  for (const std::uint64_t first : {0ULL, 127ULL, 128ULL, 300ULL, 1ULL << 20, 1ULL << 27}) {
    for (const std::uint64_t second : {0ULL, 5ULL, 16383ULL, 16384ULL, 1ULL << 27, 1ULL << 40}) {
      Buffer raw;
      append_uvarint(raw, first);
      append_uvarint(raw, second);
      const std::size_t size = raw.size();
      raw.resize(size + 8, 0x81);
      std::uint64_t a = 0, b = 0;
      const std::size_t taken = get_uvarint_pair(raw.data(), a, b);
      EXPECT_EQ(taken, size <= 8 ? size : 0);
      if (taken != 0) {
        EXPECT_EQ(a, first);
        EXPECT_EQ(b, second);
      }
    }
  }
}

TEST(Varint, RefusesMoreThan64Bits) {
  const Buffer raw{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02};
  std::uint64_t value = 0;
  EXPECT_EQ(get_uvarint(raw.data(), raw.data() + raw.size(), value), nullptr);
}

}  // namespace
}  // namespace strata
