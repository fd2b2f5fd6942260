#include "downsample/bucket_bound.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

namespace strata::downsample {
namespace {

TEST(BucketBound, IsThatOfTheReferenceForEverySchema) {
  std::ifstream in(STRATA_TEST_DATA "/vectors/exponential-bounds.json");
  const nlohmann::json schemas = nlohmann::json::parse(in).at("schemas");
  ASSERT_EQ(schemas.size(), 9u);
  for (const auto& [name, fractions] : schemas.items()) {
    const int schema = std::stoi(name);
    ASSERT_EQ(fractions.size(), std::size_t{1} << schema);
    for (std::size_t i = 0; i < fractions.size(); ++i) {
      SCOPED_TRACE(name + " " + std::to_string(i));
      const auto fraction =
          std::bit_cast<double>(std::stoull(fractions[i].get<std::string>(), nullptr, 16));
      const auto index = static_cast<std::int64_t>(i);
      const std::int64_t doubling = std::int64_t{1} << schema;
      EXPECT_EQ(bucket_bound(index, schema), 2 * fraction);
      EXPECT_EQ(bucket_bound(index + 3 * doubling, schema), 16 * fraction);
      EXPECT_EQ(bucket_bound(index - 5 * doubling, schema), fraction / 16);
    }
  }
}

TEST(BucketBound, OfLowSchemasIsAPowerOfTwo) {
  EXPECT_EQ(bucket_bound(3, 0), 8);
  EXPECT_EQ(bucket_bound(-1, -1), 0.25);
  EXPECT_EQ(bucket_bound(2, -4), 0x1p32);
  EXPECT_EQ(bucket_bound(1, -9), 0x1p512);
}

TEST(BucketBound, EndsWithTheFiniteNumbers) {
  EXPECT_EQ(bucket_bound(1024, 0), std::numeric_limits<double>::max());
  EXPECT_EQ(bucket_bound(8192, 3), std::numeric_limits<double>::max());
  EXPECT_EQ(bucket_bound(2, -9), std::numeric_limits<double>::max());
  EXPECT_TRUE(std::isinf(bucket_bound(1025, 0)));
  EXPECT_TRUE(std::isinf(bucket_bound(std::numeric_limits<std::int64_t>::max(), -9)));
  EXPECT_EQ(bucket_bound(-1074, 0), std::numeric_limits<double>::denorm_min());
  EXPECT_EQ(bucket_bound(-1076, 0), 0);
  EXPECT_EQ(bucket_bound(std::numeric_limits<std::int32_t>::min(), 8), 0);
}

}  // namespace
}  // namespace strata::downsample
