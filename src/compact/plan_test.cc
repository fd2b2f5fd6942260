#include "compact/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compact/testing/make_meta.h"

namespace strata::compact {
namespace {

using ::testing::ElementsAre;
using testing::id_of;
using ::testing::IsEmpty;
using testing::make_metas;
using testing::MetaSpec;
using testing::numbers;
using Numbers = std::vector<std::uint64_t>;

// Ranges of the tables: 20, 60, 180; blocks are written as {id, min, max}.
constexpr std::int64_t kRanges[] = {20, 60, 180};

struct Case {
  const char* name;
  std::vector<MetaSpec> blocks;
  Numbers excluded;
  Numbers want;
};

std::set<Ulid> ids_of(const Numbers& list) {
  std::set<Ulid> ids;
  for (const std::uint64_t number : list) {
    ids.insert(id_of(number));
  }
  return ids;
}

void check(const std::vector<Case>& cases, std::span<const std::int64_t> ranges = kRanges) {
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const auto metas = make_metas(c.blocks);
    EXPECT_EQ(numbers(plan_base(metas, ids_of(c.excluded), ranges)), c.want);
  }
}

TEST(Plan, MergesWindowsThatAreFullOrPast) {
  check({
      {"nothing", {}, {}, {}},
      {"a single block", {{1, 0, 20}}, {}, {}},
      {"the newest block never takes part", {{1, 0, 20}, {2, 20, 40}, {3, 40, 60}}, {}, {}},
      {"a full window with a newer block",
       {{1, 0, 20}, {2, 20, 40}, {3, 40, 60}, {4, 60, 80}},
       {},
       {1, 2, 3}},
      {"a window that is not full and not past", {{1, 0, 20}, {2, 20, 40}, {3, 60, 80}}, {}, {}},
      {"a window with a gap waits while the last counted block is in it",
       {{1, 0, 20}, {2, 20, 40}, {3, 40, 50}, {4, 60, 80}},
       {},
       {}},
      {"a window with a gap is past once a counted block starts behind it",
       {{1, 0, 20}, {2, 20, 40}, {3, 60, 80}, {4, 80, 100}},
       {},
       {1, 2}},
      {"a gap in the middle of a full window", {{1, 0, 20}, {2, 40, 60}, {3, 60, 80}}, {}, {1, 2}},
      {"a gap at the start of a past window",
       {{1, 20, 40}, {2, 40, 60}, {3, 60, 80}, {4, 80, 100}},
       {},
       {1, 2}},
      {"one block alone in a past window",
       {{1, 0, 20}, {2, 60, 80}, {3, 120, 140}, {4, 180, 200}, {5, 240, 260}},
       {},
       {1, 2, 3}},
      {"the smallest range wins though a larger one is due earlier in time",
       {{1, 0, 60},
        {2, 60, 120},
        {3, 120, 180},
        {4, 180, 200},
        {5, 200, 220},
        {6, 220, 240},
        {7, 240, 260}},
       {},
       {4, 5, 6}},
      {"the larger range when nothing smaller is due",
       {{1, 0, 60}, {2, 60, 120}, {3, 120, 180}, {4, 180, 200}},
       {},
       {1, 2, 3}},
      {"the oldest window of a range first",
       {{1, 0, 20}, {2, 20, 60}, {3, 60, 80}, {4, 80, 120}, {5, 120, 140}},
       {},
       {1, 2}},
      {"blocks that already have the range are no work",
       {{1, 0, 60}, {2, 60, 120}, {3, 120, 140}},
       {},
       {}},
      {"blocks of two sizes in one window",
       {{1, 0, 60}, {2, 60, 80}, {3, 80, 120}, {4, 120, 180}, {5, 180, 240}},
       {},
       {2, 3}},
      {"shorter blocks than the first range",
       {{1, 0, 5}, {2, 5, 10}, {3, 10, 60}, {4, 60, 65}},
       {},
       {1, 2, 3}},
  });
}

TEST(Plan, LeavesOutBlocksThatCrossAWindow) {
  check({
      {"misaligned",
       {{1, 10, 70}, {2, 70, 90}, {3, 90, 110}, {4, 110, 130}, {5, 130, 150}},
       {},
       {2, 3}},
      {"longer than the largest range",
       {{1, 0, 200}, {2, 200, 220}, {3, 220, 240}, {4, 240, 260}, {5, 260, 280}},
       {},
       {2, 3}},
      {"every block crosses a small window",
       {{1, 50, 70}, {2, 110, 130}, {3, 170, 190}, {4, 230, 250}},
       {},
       {1, 2}},
      {"every block crosses every window",
       {{1, 170, 190}, {2, 350, 370}, {3, 530, 550}, {4, 710, 730}},
       {},
       {}},
      {"a block that crosses splits nothing after it",
       {{1, 0, 20}, {2, 20, 40}, {3, 40, 70}, {4, 70, 90}, {5, 90, 120}, {6, 120, 140}},
       {},
       {1, 2}},
  });
}

TEST(Plan, AlignsWindowsBelowZero) {
  check({
      {"full", {{1, -60, -40}, {2, -40, -20}, {3, -20, 0}, {4, 0, 20}}, {}, {1, 2, 3}},
      {"across zero is two windows",
       {{1, -20, 0}, {2, 0, 20}, {3, 20, 40}, {4, 40, 60}, {5, 60, 80}},
       {},
       {2, 3, 4}},
      {"start at a border",
       {{1, -180, -120}, {2, -120, -60}, {3, -60, 0}, {4, 0, 20}},
       {},
       {1, 2, 3}},
      {"just below a border",
       {{1, -61, -60}, {2, -60, -40}, {3, -40, -20}, {4, -20, 0}, {5, 0, 20}},
       {},
       {2, 3, 4}},
      {"times at the ends of the type",
       {{1, INT64_MIN, INT64_MIN + 5},
        {2, INT64_MIN + 5, INT64_MIN + 9},
        {3, 0, 20},
        {4, INT64_MAX - 3, INT64_MAX}},
       {},
       {}},
  });
}

TEST(Plan, SkipsWindowsWithAFailedBlock) {
  check({
      {"failed inside",
       {{1, 0, 20}, {.id = 2, .min = 20, .max = 40, .failed = true}, {3, 40, 60}, {4, 60, 80}},
       {},
       {}},
      {"failed elsewhere",
       {{.id = 1, .min = 0, .max = 20, .failed = true},
        {2, 20, 40},
        {3, 60, 80},
        {4, 80, 120},
        {5, 120, 140}},
       {},
       {3, 4}},
      {"failed as the newest does not matter",
       {{1, 0, 20}, {2, 20, 60}, {.id = 3, .min = 60, .max = 80, .failed = true}},
       {},
       {1, 2}},
      {"failed blocks still merge when they overlap",
       {{.id = 1, .min = 0, .max = 20, .failed = true}, {2, 10, 30}, {3, 40, 60}},
       {},
       {1, 2}},
  });
}

TEST(Plan, LetsExcludedBlocksKeepTheirPlace) {
  check({
      {"cut at the excluded block, first run",
       {{1, 0, 10}, {2, 10, 20}, {3, 20, 40}, {4, 40, 60}, {5, 60, 80}},
       {3},
       {1, 2}},
      {"cut at the excluded block, second run",
       {{1, 0, 20}, {2, 20, 40}, {3, 40, 50}, {4, 50, 60}, {5, 60, 80}},
       {2},
       {3, 4}},
      {"single blocks on both sides are no run",
       {{1, 0, 20}, {2, 20, 40}, {3, 40, 60}, {4, 60, 80}},
       {2},
       {}},
      {"first in the window", {{1, 0, 20}, {2, 20, 40}, {3, 40, 60}, {4, 60, 80}}, {1}, {2, 3}},
      {"last in the window", {{1, 0, 20}, {2, 20, 40}, {3, 40, 60}, {4, 60, 80}}, {3}, {1, 2}},
      {"all", {{1, 0, 20}, {2, 20, 40}, {3, 40, 60}, {4, 60, 80}}, {1, 2, 3, 4}, {}},
      {"newest excluded: the one before it is not held back twice",
       {{1, 0, 20}, {2, 20, 40}, {3, 40, 60}, {4, 60, 80}},
       {4},
       {1, 2, 3}},
      {"an excluded block makes older windows past",
       {{1, 0, 20}, {2, 20, 40}, {3, 60, 80}, {4, 80, 100}},
       {3},
       {1, 2}},
      {"nothing left in a window, the next is taken",
       {{1, 0, 20}, {2, 20, 60}, {3, 60, 80}, {4, 80, 120}, {5, 120, 140}},
       {1},
       {3, 4}},
      {"a larger range is tried when the smaller is cut away",
       {{1, 0, 20}, {2, 20, 60}, {3, 60, 120}, {4, 120, 180}, {5, 180, 200}},
       {1},
       {2, 3, 4}},
      {"an excluded block does not overlap", {{1, 0, 20}, {2, 10, 30}, {3, 40, 60}}, {2}, {}},
      {"id that is not in the group", {{1, 0, 20}, {2, 20, 60}, {3, 60, 80}}, {9}, {1, 2}},
  });
}

TEST(Plan, TakesTheFirstChainOfOverlaps) {
  check({
      {"two", {{1, 0, 20}, {2, 19, 40}}, {}, {1, 2}},
      {"touching is no overlap", {{1, 0, 20}, {2, 20, 40}}, {}, {}},
      {"the newest takes part", {{1, 0, 20}, {2, 20, 40}, {3, 30, 50}}, {}, {2, 3}},
      {"a chain", {{1, 0, 20}, {2, 10, 30}, {3, 25, 45}, {4, 45, 60}}, {}, {1, 2, 3}},
      {"one block around several",
       {{1, 0, 100}, {2, 10, 20}, {3, 30, 40}, {4, 90, 110}, {5, 110, 120}},
       {},
       {1, 2, 3, 4}},
      {"only the first of two chains",
       {{1, 0, 20}, {2, 10, 20}, {3, 20, 40}, {4, 30, 40}},
       {},
       {1, 2}},
      {"before a full window",
       {{1, 0, 20}, {2, 20, 40}, {3, 40, 60}, {4, 60, 80}, {5, 60, 80}},
       {},
       {4, 5}},
      {"equal blocks", {{1, 0, 20}, {2, 0, 20}, {3, 0, 20}}, {}, {1, 2, 3}},
      {"excluded blocks are out of the chain", {{1, 0, 20}, {2, 5, 15}, {3, 10, 30}}, {2}, {1, 3}},
      {"chain that ends because of an excluded link",
       {{1, 0, 20}, {2, 15, 40}, {3, 35, 60}},
       {2},
       {}},
  });
}

TEST(Plan, RewritesABlockWithManyTombstones) {
  const auto with = [](std::uint64_t id, Timestamp min, Timestamp max, std::uint64_t tombstones) {
    return MetaSpec{.id = id, .min = min, .max = max, .series = 99, .tombstones = tombstones};
  };
  check({
      {"above 5 %", {with(1, 0, 60, 6), with(2, 60, 120, 0), {3, 120, 180}}, {}, {1}},
      {"exactly 5 % is not enough", {with(1, 0, 60, 5), {3, 120, 180}}, {}, {}},
      {"the newest is not looked at", {with(1, 0, 60, 0), with(2, 60, 120, 60)}, {}, {}},
      {"the newer of two", {with(1, 0, 60, 60), with(2, 60, 120, 60), {3, 120, 180}}, {}, {2}},
      {"ends at the first short block",
       {with(1, 0, 60, 60), with(2, 60, 80, 0), {3, 120, 180}},
       {},
       {}},
      {"excluded", {with(1, 0, 60, 60), with(2, 60, 120, 60), {3, 120, 180}}, {2}, {1}},
      {"merging comes first",
       {with(1, 0, 20, 99), with(2, 20, 60, 0), with(3, 60, 120, 99), {4, 120, 180}},
       {},
       {1, 2}},
      {"no series at all",
       {{.id = 1, .min = 0, .max = 60, .series = 0, .tombstones = 1}, {2, 60, 120}},
       {},
       {1}},
  });
}

TEST(Plan, WithOneRangeOrNoneMergesOnlyOverlaps) {
  const std::vector<Case> cases = {
      {"full", {{1, 0, 20}, {2, 20, 40}, {3, 40, 60}, {4, 60, 80}}, {}, {}},
      {"overlap", {{1, 0, 20}, {2, 10, 40}, {3, 40, 60}}, {}, {1, 2}},
  };
  constexpr std::int64_t kOne[] = {20};
  check(cases, kOne);
  check(cases, {});
}

TEST(Plan, OfTheDefaultRangesTakesEightHoursFirst) {
  constexpr std::int64_t kHour = 3'600'000;
  std::vector<MetaSpec> blocks;
  for (std::uint64_t number = 0; number < 6; ++number) {
    blocks.push_back({number, static_cast<Timestamp>(number) * 2 * kHour,
                      static_cast<Timestamp>(number + 1) * 2 * kHour});
  }
  EXPECT_THAT(numbers(plan_base(make_metas(blocks), {}, kDefaultRanges)), ElementsAre(0, 1, 2, 3));
}

// --- index sizes

std::uint64_t no_index_size(const block::Meta& meta) {
  ADD_FAILURE() << "asked for the index of " << meta.ulid.to_string();
  return 0;
}

struct IndexCase {
  const char* name;
  std::vector<MetaSpec> blocks;
  Numbers want;
  Numbers marked;
};

MetaSpec sized(std::uint64_t id, Timestamp min, Timestamp max, std::uint64_t index_size) {
  return {.id = id, .min = min, .max = max, .index_size = index_size, .series = 9, .tombstones = 9};
}

TEST(Plan, MarksTheLargestIndexUntilTheSumIsBelowTheLimit) {
  // 85 % of 100.
  const std::vector<IndexCase> cases = {
      {"below",
       {sized(1, 0, 20, 30), sized(2, 20, 40, 30), sized(3, 40, 60, 24), sized(4, 60, 80, 90)},
       {1, 2, 3},
       {}},
      {"reached: the largest goes, the run on its other side stays",
       {sized(1, 0, 20, 40), sized(2, 20, 40, 20), sized(3, 40, 60, 25), sized(4, 60, 80, 1)},
       {2, 3},
       {1}},
      {"the earliest of equals",
       {sized(1, 0, 20, 43), sized(2, 20, 40, 43), sized(3, 40, 60, 1), sized(4, 60, 80, 1)},
       {2, 3},
       {1}},
      {"only the prefix that reaches the limit counts",
       {sized(1, 0, 20, 45), sized(2, 20, 40, 44), sized(3, 40, 60, 99), sized(4, 60, 80, 1)},
       {},
       {1, 3}},
  };
  PlanOptions options{.ranges = {20, 60}, .max_index_size = 100, .vertical = false};
  for (const IndexCase& c : cases) {
    SCOPED_TRACE(c.name);
    const Plan plan =
        make_plan(make_metas(c.blocks), {.excluded = {}, .index_size = no_index_size}, options);
    EXPECT_EQ(numbers(plan.blocks), c.want);
    std::vector<Ulid> marked;
    for (const PlannedMark& mark : plan.marks) {
      marked.push_back(mark.block);
      EXPECT_EQ(mark.reason, block::kReasonIndexSize);
      EXPECT_NE(mark.details, "");
    }
    EXPECT_EQ(numbers(marked), c.marked);
  }
}

TEST(Plan, MarksASingleBlockWhoseIndexIsTooLargeToBeRewritten) {
  const auto metas = make_metas({sized(1, 0, 60, 84), sized(2, 60, 120, 85), {3, 120, 180}});
  const Plan plan = make_plan(metas, {.excluded = {}, .index_size = no_index_size},
                              {.ranges = {20, 60}, .max_index_size = 100, .vertical = false});
  EXPECT_THAT(numbers(plan.blocks), ElementsAre(1));
  ASSERT_EQ(plan.marks.size(), 1U);
  EXPECT_EQ(plan.marks[0].block, id_of(2));
}

TEST(Plan, AsksForAnIndexSizeThatTheMetaDoesNotSay) {
  const auto metas = make_metas({{1, 0, 20}, sized(2, 20, 60, 30), {3, 60, 80}});
  Numbers asked;
  const auto ask = [&](const block::Meta& meta) {
    asked.push_back(numbers(std::vector<Ulid>{meta.ulid})[0]);
    return std::uint64_t{60};
  };
  const Plan plan = make_plan(metas, {.excluded = {}, .index_size = ask},
                              {.ranges = {20, 60}, .max_index_size = 100, .vertical = false});
  EXPECT_THAT(numbers(plan.blocks), IsEmpty());
  EXPECT_THAT(asked, ElementsAre(1));
  ASSERT_EQ(plan.marks.size(), 1U);
  EXPECT_EQ(plan.marks[0].block, id_of(1));
}

TEST(Plan, TakesTheReferencesShareOfTheDefaultLimit) {
  constexpr std::uint64_t kLimit = 58'411'555'225;
  const auto plan_with = [](std::uint64_t size) {
    const auto metas = make_metas({sized(1, 0, 20, size - 1), sized(2, 20, 60, 1), {3, 60, 80}});
    return make_plan(metas, {.excluded = {}, .index_size = no_index_size}, {.ranges = {20, 60}});
  };
  EXPECT_TRUE(plan_with(kLimit - 1).marks.empty());
  EXPECT_EQ(plan_with(kLimit).marks.size(), 1U);
}

// --- downsampled blocks that overlap

MetaSpec five_minutes(std::uint64_t id, Timestamp min, Timestamp max) {
  return {.id = id, .min = min, .max = max, .resolution = block::k5m, .index_size = 1};
}

TEST(Plan, NeverMergesDownsampledBlocksThatOverlap) {
  const auto metas =
      make_metas({five_minutes(1, 0, 20), five_minutes(2, 10, 20), five_minutes(3, 20, 40),
                  five_minutes(4, 40, 60), five_minutes(5, 60, 80)});
  const PlanFacts facts{.excluded = {}, .index_size = no_index_size};
  Plan plan = make_plan(metas, facts, {.ranges = {20, 60}, .vertical = true});
  EXPECT_THAT(numbers(plan.blocks), ElementsAre(3, 4));
  ASSERT_EQ(plan.marks.size(), 2U);
  EXPECT_EQ(plan.marks[0].block, id_of(1));
  EXPECT_EQ(plan.marks[1].block, id_of(2));
  EXPECT_EQ(plan.marks[0].reason, block::kReasonVerticalDownsample);

  plan = make_plan(metas, facts, {.ranges = {20, 60}, .vertical = false});
  EXPECT_THAT(numbers(plan.blocks), ElementsAre(1, 2));
  EXPECT_TRUE(plan.marks.empty());
}

TEST(Plan, MergesRawBlocksThatOverlapAndDownsampledOnesThatDoNot) {
  const PlanFacts facts{.excluded = {}, .index_size = no_index_size};
  const auto raw = make_metas({sized(1, 0, 20, 1), sized(2, 10, 20, 1)});
  EXPECT_THAT(numbers(make_plan(raw, facts, {.ranges = {20, 60}, .vertical = true}).blocks),
              ElementsAre(1, 2));
  const auto apart =
      make_metas({five_minutes(1, 0, 20), five_minutes(2, 20, 60), five_minutes(3, 60, 80)});
  const Plan plan = make_plan(apart, facts, {.ranges = {20, 60}, .vertical = true});
  EXPECT_THAT(numbers(plan.blocks), ElementsAre(1, 2));
  EXPECT_TRUE(plan.marks.empty());
}

TEST(Plan, FindsSourcesThatTwoBlocksShare) {
  const auto metas = make_metas(
      {{.id = 1, .sources = {7, 8}}, {.id = 2, .sources = {8, 9}}, {.id = 3, .sources = {9, 10}}});
  EXPECT_THAT(numbers(shared_sources(metas)), ElementsAre(8, 9));
  EXPECT_THAT(shared_sources(make_metas({{.id = 1}, {.id = 2}})), IsEmpty());
}

}  // namespace
}  // namespace strata::compact
