#include "generate/catalog.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace strata::generate {
namespace {

std::vector<unsigned> priorities(const Catalog& catalog) {
  std::vector<unsigned> result;
  for (const Family& family : catalog.families()) {
    for (const Group& group : family.groups) {
      for (const Leaf& leaf : group.leaves) {
        result.push_back(leaf.priority);
      }
    }
  }
  return result;
}

TEST(Catalog, KeepsExactlyTheFirstSeriesByPriority) {
  for (const double native : {0.0, 0.1, 0.5, 1.0}) {
    for (const std::uint64_t most : {std::uint64_t{1}, std::uint64_t{50}, Catalog::full_size()}) {
      std::vector<unsigned> found = priorities(Catalog(native, most));
      std::ranges::sort(found);
      ASSERT_EQ(found.size(), most);
      for (std::size_t i = 0; i < found.size(); ++i) {
        EXPECT_EQ(found[i], i);
      }
    }
  }
}

TEST(Catalog, IsInLabelOrder) {
  const Catalog catalog(0.2, Catalog::full_size());
  EXPECT_TRUE(std::ranges::is_sorted(catalog.families(), std::less_equal{}, &Family::name));
  for (const Family& family : catalog.families()) {
    EXPECT_TRUE(std::ranges::is_sorted(family.names_before));
    EXPECT_TRUE(std::ranges::is_sorted(family.names_after));
    EXPECT_TRUE(std::ranges::all_of(family.names_before,
                                    [](const std::string& name) { return name < "instance"; }));
    EXPECT_TRUE(std::ranges::all_of(family.names_after,
                                    [](const std::string& name) { return name > "instance"; }));
    EXPECT_TRUE(std::ranges::is_sorted(family.groups, {}, &Group::values));
    for (const Group& group : family.groups) {
      EXPECT_TRUE(std::ranges::is_sorted(group.leaves, {}, &Leaf::values));
    }
  }
}

TEST(Catalog, HoldsTheWantedShareOfNativeHistograms) {
  for (const double share : {0.0, 0.25, 1.0}) {
    const Catalog catalog(share, Catalog::full_size());
    std::size_t natives = 0;
    for (const Family& family : catalog.families()) {
      for (const Group& group : family.groups) {
        natives += family.kind == Kind::kNative ? group.leaves.size() : 0;
      }
    }
    EXPECT_NEAR(static_cast<double>(natives), share * static_cast<double>(Catalog::full_size()), 1);
  }
}

TEST(Catalog, SmallTargetsStillMixKinds) {
  std::set<Kind> kinds;
  const Catalog catalog(0.1, 40);
  for (const Family& family : catalog.families()) {
    kinds.insert(family.kind);
  }
  EXPECT_GE(kinds.size(), 5U);
}

TEST(Catalog, BucketsOfOneHistogramAreCumulative) {
  const Catalog catalog(0, Catalog::full_size());
  for (const Family& family : catalog.families()) {
    if (family.kind != Kind::kBucket) {
      continue;
    }
    for (const Group& group : family.groups) {
      double least = 1;
      for (const Leaf& leaf : group.leaves) {
        EXPECT_EQ(leaf.values[0] == "+Inf", leaf.share == 1);
        least = std::min(least, leaf.share);
        EXPECT_EQ(leaf.events, group.leaves[0].events);
      }
      EXPECT_LT(least, 0.7);
    }
  }
}

}  // namespace
}  // namespace strata::generate
