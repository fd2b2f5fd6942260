#include "compact/retention.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compact/testing/make_meta.h"

namespace strata::compact {
namespace {

using namespace std::chrono_literals;
using testing::by_id;
using ::testing::ElementsAre;
using testing::id_of;
using ::testing::IsEmpty;
using testing::make_metas;
using testing::numbers;

constexpr Timestamp kHour = 3'600'000;
constexpr Timestamp kDay = 24 * kHour;

std::vector<Ulid> expired(const RetentionPlan& plan) {
  std::vector<Ulid> ids;
  for (const ExpiredBlock& block : plan.expired) {
    ids.push_back(block.block);
  }
  return ids;
}

TEST(Retention, CountsFromTheEndOfTheBlockPerResolution) {
  const auto loaded = by_id(make_metas({{.id = 1, .min = 0, .max = kDay},
                                        {.id = 2, .min = 0, .max = kDay, .resolution = block::k5m},
                                        {.id = 3, .min = 0, .max = kDay, .resolution = block::k1h},
                                        {.id = 4, .min = 0, .max = kDay, .resolution = 77},
                                        {.id = 5, .min = 0, .max = kDay + 1}}));
  const RetentionPolicy policy{
      .raw = 48h, .five_minutes = 96h, .one_hour = 0h, .downsampling = false};
  const RetentionFacts none;
  EXPECT_THAT(expired(plan_retention(loaded, none, policy, 3 * kDay)), IsEmpty());
  // Fractions of the end's second are cut.
  EXPECT_THAT(numbers(expired(plan_retention(loaded, none, policy, 3 * kDay + 1))),
              ElementsAre(1, 5));
  EXPECT_THAT(numbers(expired(plan_retention(loaded, none, policy, 5 * kDay))), ElementsAre(1, 5));
  EXPECT_THAT(numbers(expired(plan_retention(loaded, none, policy, 5 * kDay + 1))),
              ElementsAre(1, 2, 5));
  EXPECT_THAT(expired(plan_retention(loaded, none, {.downsampling = false}, 5 * kDay)), IsEmpty());
  EXPECT_EQ(plan_retention(loaded, none, policy, 5 * kDay).expired[0].details,
            "block exceeding retention of 48h0m0s");
}

TEST(Retention, LeavesMarkedBlocksAlone) {
  const auto loaded = by_id(make_metas({{.id = 1, .max = kDay}, {.id = 2, .max = kDay}}));
  const RetentionPlan plan = plan_retention(loaded, {.marked = {id_of(1)}, .no_downsample = {}},
                                            {.raw = 1h, .downsampling = false}, 9 * kDay);
  EXPECT_THAT(numbers(expired(plan)), ElementsAre(2));
}

TEST(Retention, WaitsForTheDownsampledBlockThatIsDue) {
  const auto loaded = by_id(
      make_metas({{.id = 1, .max = 2 * kDay},
                  {.id = 2, .max = 2 * kDay, .sources = {21, 22}},
                  {.id = 3, .max = 2 * kDay, .resolution = block::k5m, .sources = {21, 22, 23}},
                  {.id = 4, .max = kDay},
                  {.id = 5, .max = 2 * kDay}}));
  const RetentionFacts facts{.marked = {}, .no_downsample = {id_of(5)}};
  RetentionPlan plan = plan_retention(loaded, facts, {.raw = 48h, .downsampling = true}, 9 * kDay);
  EXPECT_THAT(numbers(expired(plan)), ElementsAre(2, 4, 5));
  EXPECT_THAT(numbers(plan.waiting), ElementsAre(1));
  plan = plan_retention(loaded, facts, {.raw = 48h, .downsampling = false}, 9 * kDay);
  EXPECT_THAT(numbers(expired(plan)), ElementsAre(1, 2, 4, 5));
  EXPECT_THAT(plan.waiting, IsEmpty());
}

TEST(Retention, SurvivesTimesAtTheEndsOfTheType) {
  const auto loaded = by_id(make_metas({{.id = 1, .min = INT64_MIN, .max = INT64_MAX},
                                        {.id = 2, .min = INT64_MIN, .max = INT64_MIN}}));
  const RetentionPlan plan = plan_retention(loaded, {}, {.raw = 1h, .downsampling = false}, 0);
  EXPECT_THAT(numbers(expired(plan)), ElementsAre(2));
}

}  // namespace
}  // namespace strata::compact
