#include "block/group_key.h"

#include <gtest/gtest.h>

namespace strata::block {
namespace {

TEST(GroupKey, EqualsThatOfTheReference) {
  const struct {
    Labels labels;
    std::string want;
  } cases[] = {
      {{}, "0@17241709254077376921"},
      {{{"a", "1"}}, "0@7311538254805615637"},
      {{{"foo", "bar"}, {"foo1", "bar2"}}, "0@2124638872457683483"},
      {{{"a", ""}, {"b", "x"}}, "0@14559513974664968302"},
      {{{"ext1", "value1"}}, "0@7118953465368077409"},
      {{{"cluster", "eu1"}, {"replica", "1"}}, "0@16524738989847697247"},
      {{{"cluster", "eu1"}, {"environment", "production"}, {"receive", "true"}},
       "0@11111224892357972157"},
      {{{"foo/some..thing/some.thing/../", R"(a_b_c/bar-something-a\metric/a\x)"}},
       "0@16590761456214576373"},
  };
  for (const auto& [labels, want] : cases) {
    EXPECT_EQ(group_key(kRaw, labels), want);
  }
}

TEST(GroupKey, BeginsWithTheResolution) {
  EXPECT_EQ(group_key(k1h, {}), "3600000@17241709254077376921");
}

}  // namespace
}  // namespace strata::block
