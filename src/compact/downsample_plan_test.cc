#include "compact/downsample_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>

#include "compact/testing/make_meta.h"

namespace strata::compact {
namespace {

using block::k1h;
using block::k5m;
using testing::by_id;
using ::testing::ElementsAreArray;
using testing::id_of;
using testing::make_metas;
using testing::MetaSpec;
using testing::numbers;

constexpr Timestamp kHour = 3'600'000;
constexpr Timestamp kDay = 24 * kHour;

using Numbers = std::vector<std::uint64_t>;

Numbers of_target(const DownsamplePlan& plan, block::Resolution target) {
  std::vector<MetaPtr> blocks;
  for (const DueBlock& due : plan.due) {
    if (due.target == target) {
      blocks.push_back(due.block);
    }
  }
  return numbers(blocks);
}

TEST(DownsamplePlan, TakesLongBlocksThatTheNextResolutionLacks) {
  struct Case {
    const char* name;
    std::vector<MetaSpec> loaded;
    std::set<Ulid> excluded;
    Numbers to_5m;
    Numbers to_1h;
  };
  const block::Labels other{{"cluster", "us2"}};
  const Case cases[] = {
      {"nothing", {}, {}, {}, {}},
      {"the length decides, to the millisecond",
       {{.id = 1, .max = 40 * kHour},
        {.id = 2, .max = 40 * kHour - 1},
        {.id = 3, .max = 10 * kDay, .resolution = k5m},
        {.id = 4, .max = 10 * kDay - 1, .resolution = k5m}},
       {},
       {1},
       {3}},
      {"blocks of an hour are the last step",
       {{.id = 1, .max = 99 * kDay, .resolution = k1h}},
       {},
       {},
       {}},
      {"one with all of its sources downsampled is done",
       {{.id = 1, .max = 14 * kDay, .sources = {11, 12}},
        {.id = 2, .max = 14 * kDay, .resolution = k5m, .sources = {11, 12, 13}},
        {.id = 3, .max = 14 * kDay, .resolution = k1h, .sources = {11, 12, 13}}},
       {},
       {},
       {}},
      {"a single new source makes it due again",
       {{.id = 1, .max = 14 * kDay, .sources = {11, 12, 14}},
        {.id = 2, .max = 14 * kDay, .resolution = k5m, .sources = {11, 12, 13}},
        {.id = 3, .max = 14 * kDay, .resolution = k1h, .sources = {11, 12}}},
       {},
       {1},
       {2}},
      {"sources may be spread over blocks, short ones too",
       {{.id = 1, .max = 14 * kDay, .sources = {11, 12}},
        {.id = 2, .max = kDay, .resolution = k5m, .sources = {11}},
        {.id = 3, .min = kDay, .max = 2 * kDay, .resolution = k5m, .sources = {12}}},
       {},
       {},
       {}},
      {"and over groups",
       {{.id = 1, .max = 14 * kDay, .sources = {11}},
        {.id = 2, .max = 14 * kDay, .resolution = k5m, .sources = {11}, .labels = other}},
       {},
       {},
       {2}},
      {"an hour is no substitute for five minutes",
       {{.id = 1, .max = 14 * kDay, .sources = {11}},
        {.id = 2, .max = 14 * kDay, .resolution = k1h, .sources = {11}}},
       {},
       {1},
       {}},
      {"excluded blocks are not due",
       {{.id = 1, .max = 2 * kDay}, {.id = 2, .max = 14 * kDay, .resolution = k5m}},
       {id_of(1), id_of(2)},
       {},
       {}},
      {"but count as present",
       {{.id = 1, .max = 14 * kDay, .sources = {11}},
        {.id = 2, .max = 14 * kDay, .resolution = k5m, .sources = {11}},
        {.id = 3, .max = 14 * kDay, .resolution = k1h, .sources = {11}}},
       {id_of(2), id_of(3)},
       {},
       {}},
      {"in the order of ULIDs",
       {{.id = 9, .max = 2 * kDay},
        {.id = 3, .min = kDay, .max = 5 * kDay},
        {.id = 5, .max = 3 * kDay}},
       {},
       {3, 5, 9},
       {}},
      {"ranges longer than the type are long",
       {{.id = 1, .min = INT64_MIN, .max = INT64_MAX}, {.id = 2, .min = 5, .max = 5}},
       {},
       {1},
       {}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const DownsamplePlan plan = plan_downsampling(by_id(make_metas(c.loaded)), c.excluded);
    EXPECT_THAT(of_target(plan, k5m), ElementsAreArray(c.to_5m));
    EXPECT_THAT(of_target(plan, k1h), ElementsAreArray(c.to_1h));
    EXPECT_TRUE(plan.strange.empty());
  }
}

TEST(DownsamplePlan, NamesBlocksOfUnknownResolutionAndPlansTheOthers) {
  const DownsamplePlan plan =
      plan_downsampling(by_id(make_metas({{.id = 1, .max = 20 * kDay, .resolution = 60'000},
                                          {.id = 2, .max = 2 * kDay}})),
                        {});
  EXPECT_THAT(numbers(plan.strange), ElementsAreArray(Numbers{1}));
  EXPECT_THAT(of_target(plan, k5m), ElementsAreArray(Numbers{2}));
}

}  // namespace
}  // namespace strata::compact
