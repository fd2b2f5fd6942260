#include "compact/group.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compact/testing/make_meta.h"

namespace strata::compact {
namespace {

using testing::by_id;
using ::testing::ElementsAre;
using testing::make_metas;
using testing::MetaSpec;
using testing::numbers;

TEST(Group, CollectsBlocksOfOneResolutionAndOneLabelSet) {
  const block::Labels a{{"cluster", "a"}};
  const auto groups = make_groups(
      by_id(make_metas({{.id = 4, .min = 0, .max = 20, .labels = a},
                        {.id = 3, .min = 20, .max = 40, .labels = a},
                        {.id = 2, .min = 0, .max = 20, .resolution = block::k5m, .labels = a},
                        {.id = 1, .min = 0, .max = 20, .labels = {}}})));
  ASSERT_EQ(groups.size(), 3U);
  // Text order of the keys, not of the labels.
  EXPECT_EQ(groups[0].key, "0@11374182680297109404");
  EXPECT_EQ(groups[0].title(), "0@{cluster=\"a\"}");
  EXPECT_THAT(numbers(groups[0].blocks), ElementsAre(4, 3));
  EXPECT_EQ(groups[1].key, "0@17241709254077376921");
  EXPECT_EQ(groups[1].title(), "0@{}");
  EXPECT_EQ(groups[2].title(), "300000@{cluster=\"a\"}");
  EXPECT_EQ(groups[2].resolution, block::k5m);
}

TEST(Group, OrdersMembersByStartAndEqualStartsByUlid) {
  const auto groups = make_groups(by_id(make_metas({{.id = 5, .min = 0, .max = 9},
                                                    {.id = 2, .min = 7, .max = 9},
                                                    {.id = 9, .min = -7, .max = 9},
                                                    {.id = 3, .min = 0, .max = 20}})));
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_THAT(numbers(groups[0].blocks), ElementsAre(9, 3, 5, 2));
}

TEST(Group, KeepsExtensionsThatAllMembersWithExtensionsHave) {
  struct Case {
    const char* name;
    std::vector<std::string> extensions;  // by minTime
    const char* want;
  };
  const Case cases[] = {
      {"none", {"", ""}, ""},
      {"one member has some", {"", R"({"a":1})"}, R"({"a":1})"},
      {"not an object is no extension", {R"([1])", R"("text")", "null"}, ""},
      {"values of the first",
       {R"({"a":1,"b":{"c":[1,2]}})", R"({"a":2,"b":0})"},
       R"({"a":1,"b":{"c":[1,2]}})"},
      {"a key that one lacks goes", {R"({"a":1,"b":2})", R"({"a":1})", ""}, R"({"a":1})"},
      {"a key that only a later one has does not come",
       {R"({"a":1})", R"({"a":1,"b":2})"},
       R"({"a":1})"},
      {"nothing in common is an empty object", {R"({"a":1})", R"({"b":1})"}, "{}"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    std::vector<MetaSpec> specs;
    for (const std::string& text : c.extensions) {
      const auto number = static_cast<Timestamp>(specs.size());
      specs.push_back(
          {.id = specs.size() + 1, .min = number, .max = number + 1, .extensions = text});
    }
    EXPECT_EQ(make_groups(by_id(make_metas(specs)))[0].extensions, c.want);
  }
}

TEST(Group, NamesTheBlocksThatOverlap) {
  EXPECT_EQ(describe_overlaps(make_metas({{1, 0, 20}, {2, 20, 40}})), "");
  EXPECT_EQ(describe_overlaps(make_metas({{1, 0, 20}, {2, 10, 15}, {3, 15, 40}, {4, 40, 50}})),
            "00000000000000000000000002 (10-15) overlaps 00000000000000000000000001 (0-20); "
            "00000000000000000000000003 (15-40) overlaps 00000000000000000000000001 (0-20)");
  std::vector<MetaSpec> many;
  for (std::uint64_t id = 1; id <= 13; ++id) {
    many.push_back({id, 0, 20});
  }
  EXPECT_THAT(describe_overlaps(make_metas(many)), ::testing::EndsWith("; and 2 more"));
}

}  // namespace
}  // namespace strata::compact
