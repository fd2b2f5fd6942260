#include "block/filters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "block/group_key.h"

namespace strata::block {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

constexpr Timestamp kNow = 1'700'000'000'000;

// Made `age_ms` before kNow; ids ascend with n for one age.
Ulid id(int n, std::int64_t age_ms = 86'400'000) {
  const auto ms = static_cast<std::uint64_t>(kNow - age_ms);
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t i = 0; i < 6; ++i) {
    bytes[i] = static_cast<std::uint8_t>(ms >> (8 * (5 - i)));
  }
  bytes[14] = static_cast<std::uint8_t>(n >> 8);
  bytes[15] = static_cast<std::uint8_t>(n);
  return Ulid(bytes);
}

class FiltersTest : public ::testing::Test {
 protected:
  Meta& add(const Ulid& block) {
    auto meta = std::make_shared<Meta>();
    meta->ulid = block;
    meta->range = {1000, 2000};
    meta->thanos.labels = Labels{{"cluster", "eu1"}};
    meta->compaction.sources = {block};
    BlockEntry& entry = snapshot_.blocks[block];
    entry.state = BlockState::kWhole;
    entry.meta = meta;
    return *meta;
  }
  void mark(MarkKind kind, const Ulid& block, std::int64_t time_s, const std::string& error = "") {
    snapshot_.blocks[block].marks[static_cast<std::size_t>(kind)] = BlockMark{
        .mark = {.kind = kind, .block = block, .details = {}, .time_s = time_s, .reason = {}},
        .error = error};
  }
  BlockView apply() const { return apply_filters(snapshot_, options_, kNow); }
  std::vector<Ulid> loaded() const {
    std::vector<Ulid> ids;
    for (const auto& [block, meta] : apply().loaded) {
      ids.push_back(block);
    }
    return ids;
  }

  Snapshot snapshot_;
  FilterOptions options_;
};

TEST_F(FiltersTest, CountEveryStateOfTheReferenceEvenAtZero) {
  EXPECT_THAT(apply().synced,
              UnorderedElementsAre(Pair("corrupted-meta-json", 0), Pair("no-meta-json", 0),
                                   Pair("loaded", 0), Pair("too-fresh", 0), Pair("failed", 0),
                                   Pair("label-excluded", 0), Pair("time-excluded", 0),
                                   Pair("duplicate", 0), Pair("marked-for-deletion", 0),
                                   Pair("marked-for-no-compact", 0), Pair("parquet-migrated", 0)));
}

TEST_F(FiltersTest, CountBlocksThatAreNotWhole) {
  snapshot_.blocks[id(1)].state = BlockState::kNoMeta;
  snapshot_.blocks[id(2)].state = BlockState::kCorruptMeta;
  snapshot_.blocks[id(3)].state = BlockState::kFailed;
  snapshot_.blocks[id(3)].reason = "another version";
  const BlockView view = apply();
  EXPECT_EQ(view.synced.at("no-meta-json"), 1U);
  EXPECT_EQ(view.synced.at("corrupted-meta-json"), 1U);
  EXPECT_EQ(view.synced.at("failed"), 1U);
  ASSERT_EQ(view.failed.size(), 1U);
  EXPECT_EQ(view.failed[0].reason, "another version");
  EXPECT_THAT(view.loaded, IsEmpty());
}

TEST_F(FiltersTest, KeepBlocksThatTouchTheTimes) {
  const struct {
    Timestamp min, max;
    bool want;
  } cases[] = {{0, 999, false},
               {0, 1000, true},
               {1500, 1500, true},
               {2000, 3000, true},
               {2001, 3000, false}};
  add(id(1));
  for (const auto& [min, max, want] : cases) {
    options_.min_time = min;
    options_.max_time = max;
    EXPECT_EQ(apply().loaded.size(), want ? 1U : 0U) << min << ".." << max;
    EXPECT_EQ(apply().synced.at("time-excluded"), want ? 0U : 1U);
  }
}

TEST_F(FiltersTest, ShowTheSelectorIdAndLabelsButNoIgnoredOnes) {
  add(id(1));
  add(id(2)).thanos.labels = Labels{{"cluster", "us1"}};
  const auto select = [&](const std::string& rule) {
    options_.selector = RelabelConfig::parse(rule, "selector");
    EXPECT_EQ(apply().synced.at("label-excluded"), 2 - loaded().size());
    return loaded();
  };
  EXPECT_THAT(select("[{action: keep, source_labels: [cluster], regex: eu1}]"), ElementsAre(id(1)));
  EXPECT_THAT(
      select("[{action: drop, source_labels: [__block_id], regex: " + id(1).to_string() + "}]"),
      ElementsAre(id(2)));
  options_.selector_ignores = {"cluster"};
  EXPECT_THAT(select("[{action: keep, source_labels: [cluster], regex: eu1}]"), IsEmpty());
}

TEST_F(FiltersTest, HoldBackFreshBlocks) {
  const struct {
    std::string name;
    std::int64_t ulid_age_ms;
    std::string uploaded, source;
    bool want;
  } cases[] = {
      {"young id", 1'799'999, "", "sidecar", false},
      {"old enough id", 1'800'000, "", "sidecar", true},
      {"id from the future", -1, "", "sidecar", true},
      {"upload time counts for more", 86'400'000, "2023-11-14T21:43:20.001Z", "sidecar", false},
      {"uploaded long enough ago", 0, "2023-11-14T21:43:20Z", "sidecar", true},
      {"uploaded in the future", 86'400'000, "2023-11-15T00:00:00Z", "sidecar", false},
      {"compactor", 0, "", "compactor", true},
      {"compactor.repair", 0, "", "compactor.repair", true},
      {"bucket.repair", 0, "", "bucket.repair", true},
      {"bucket.rewrite", 0, "", "bucket.rewrite", false},
      {"bucket.upload", 0, "", "bucket.upload", false},
      {"no source", 0, "", "", false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    snapshot_.blocks.clear();
    Meta& meta = add(id(1, c.ulid_age_ms));
    meta.thanos.upload_time = c.uploaded;
    meta.thanos.source = c.source;
    EXPECT_EQ(apply().loaded.size(), c.want ? 1U : 0U);
    EXPECT_EQ(apply().synced.at("too-fresh"), c.want ? 0U : 1U);
  }
}

TEST_F(FiltersTest, HideMarkedBlocksAfterHalfTheDelay) {
  const std::int64_t now_s = kNow / 1000;
  for (int n = 1; n <= 4; ++n) {
    add(id(n));
  }
  mark(MarkKind::kDeletion, id(2), now_s - 86'400);
  mark(MarkKind::kDeletion, id(3), now_s - 86'401);
  mark(MarkKind::kDeletion, id(4), std::numeric_limits<std::int64_t>::min());
  EXPECT_THAT(loaded(), ElementsAre(id(1), id(2)));
  EXPECT_EQ(apply().deletion_marks.size(), 3U);
  EXPECT_EQ(apply().synced.at("marked-for-deletion"), 2U);
}

TEST_F(FiltersTest, RememberOnlyDeletionMarksOfBlocksThatCameSoFar) {
  add(id(1)).range = {5000, 6000};
  mark(MarkKind::kDeletion, id(1), 0);
  options_.max_time = 100;
  EXPECT_THAT(apply().deletion_marks, IsEmpty());
}

TEST_F(FiltersTest, SetAsideBlocksWhoseDeletionMarkIsUnknown) {
  add(id(1));
  mark(MarkKind::kDeletion, id(1), 0, "version 2 is not known");
  const BlockView view = apply();
  EXPECT_THAT(view.loaded, IsEmpty());
  EXPECT_THAT(view.deletion_marks, IsEmpty());
  EXPECT_EQ(view.synced.at("failed"), 1U);
  EXPECT_EQ(view.synced.at("marked-for-deletion"), 0U);
}

TEST_F(FiltersTest, TakeAnUnknownNoCompactMarkForAMark) {
  add(id(1));
  mark(MarkKind::kNoCompact, id(1), 0, "version 2 is not known");
  const BlockView view = apply();
  EXPECT_EQ(view.loaded.size(), 1U);
  EXPECT_TRUE(view.no_compact_marks.contains(id(1)));
  EXPECT_EQ(view.synced.at("failed"), 1U);
}

TEST_F(FiltersTest, GatherMarksWithoutDroppingBlocks) {
  add(id(1));
  mark(MarkKind::kNoCompact, id(1), 1);
  mark(MarkKind::kNoDownsample, id(1), 2);
  EXPECT_EQ(apply().synced.at("loaded"), 1U);
  EXPECT_EQ(apply().synced.at("marked-for-no-compact"), 1U);
  EXPECT_EQ(apply().synced.at("marked-for-no-downsample"), 1U);
  EXPECT_EQ(apply().no_downsample_marks.at(id(1)).time_s, 2);
  options_.gather_no_downsample = false;
  EXPECT_FALSE(apply().synced.contains("marked-for-no-downsample"));
}

TEST_F(FiltersTest, TakeReplicaLabelsOffACopy) {
  options_.replica_labels = {"a", "replica"};
  add(id(1)).thanos.labels = Labels{{"a", "1"}, {"replica", "2"}, {"x", "3"}};
  add(id(2)).thanos.labels = Labels{{"replica", "2"}};
  add(id(3)).thanos.labels.reset();
  const BlockView view = apply();
  EXPECT_THAT(view.loaded.at(id(1))->labels(), ElementsAre(Pair("x", "3")));
  EXPECT_THAT(view.loaded.at(id(2))->labels(), ElementsAre(Pair("a", "deduped")));
  EXPECT_THAT(view.loaded.at(id(3))->labels(), ElementsAre(Pair("a", "deduped")));
  EXPECT_EQ(view.replica_labels_removed, 3U);
  EXPECT_EQ(snapshot_.blocks.at(id(1)).meta->labels().size(), 3U);
}

TEST_F(FiltersTest, FindDuplicatesWithinTheirGroup) {
  const Ulid a = id(101), b = id(102), c = id(103);
  const struct {
    std::string name;
    std::vector<std::vector<Ulid>> sources;  // of blocks 1, 2, 3 …
    std::vector<Ulid> want;
  } cases[] = {
      {"of equals the oldest stays", {{a}, {a}}, {id(2)}},
      {"contained in a later block", {{a}, {b, a}}, {id(1)}},
      {"contained in none alone", {{a, b}, {b, c}, {a, c}}, {}},
      {"no sources beside another block", {{}, {a}, {}}, {id(1), id(3)}},
      {"no sources at all", {{}, {}}, {id(2)}},
      {"repeated sources count for the order", {{a}, {a, a}}, {id(1)}},
      {"not in a duplicate's stead", {{a, b, c}, {a, b}, {a}}, {id(2), id(3)}},
  };
  for (const auto& [name, sources, want] : cases) {
    SCOPED_TRACE(name);
    snapshot_.blocks.clear();
    for (std::size_t i = 0; i < sources.size(); ++i) {
      add(id(static_cast<int>(i) + 1)).compaction.sources = sources[i];
    }
    EXPECT_EQ(apply().duplicates, want);
    EXPECT_EQ(apply().synced.at("duplicate"), want.size());
    EXPECT_EQ(apply().loaded.size(), sources.size() - want.size());
  }
}

TEST_F(FiltersTest, CompareNoBlocksOfDifferentGroups) {
  add(id(1)).compaction.sources = {id(9)};
  Meta& other_labels = add(id(2));
  other_labels.compaction.sources = {id(9)};
  other_labels.thanos.labels = Labels{{"cluster", "us1"}};
  Meta& other_resolution = add(id(3));
  other_resolution.compaction.sources = {id(9)};
  other_resolution.thanos.resolution = k5m;
  EXPECT_THAT(apply().duplicates, IsEmpty());
}

// As it is written down: every block against every one that stays.
std::vector<Ulid> plain_duplicates(const std::map<Ulid, std::shared_ptr<const Meta>>& metas) {
  std::vector<const Meta*> order;
  for (const auto& [block, meta] : metas) {
    order.push_back(meta.get());
  }
  std::ranges::stable_sort(order, [](const Meta* a, const Meta* b) {
    return a->compaction.sources.size() > b->compaction.sources.size();
  });
  std::vector<const Meta*> kept;
  std::vector<Ulid> duplicates;
  for (const Meta* child : order) {
    const auto has_all = [&](const Meta* parent) {
      return std::ranges::all_of(child->compaction.sources, [&](const Ulid& source) {
        return std::ranges::find(parent->compaction.sources, source) !=
               parent->compaction.sources.end();
      });
    };
    if (std::ranges::any_of(kept, has_all)) {
      duplicates.push_back(child->ulid);
    } else {
      kept.push_back(child);
    }
  }
  std::ranges::sort(duplicates);
  return duplicates;
}

TEST(Duplicates, AreThoseOfThePlainRule) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    SCOPED_TRACE(round);
    std::map<Ulid, std::shared_ptr<const Meta>> metas;
    const int pool = 1 + static_cast<int>(random() % 12);
    for (int n = 1; n <= 30; ++n) {
      auto meta = std::make_shared<Meta>();
      meta->ulid = id(n);
      for (auto left = random() % 5; left > 0; --left) {
        meta->compaction.sources.push_back(id(500 + static_cast<int>(random()) % pool));
      }
      metas.emplace(meta->ulid, meta);
    }
    EXPECT_EQ(find_duplicates(metas), plain_duplicates(metas));
  }
}

// Ten thousand blocks of two hours and the forty that they became.
TEST(Duplicates, AreFoundQuicklyInALargeGroup) {
  std::map<Ulid, std::shared_ptr<const Meta>> metas;
  std::vector<Ulid> small;
  const auto add = [&](int n, std::vector<Ulid> sources) {
    auto meta = std::make_shared<Meta>();
    meta->ulid = id(n);
    meta->compaction.sources = std::move(sources);
    metas.emplace(meta->ulid, meta);
  };
  for (int n = 0; n < 10'000; ++n) {
    small.push_back(id(n));
    add(n, {id(n)});
  }
  for (int n = 0; n < 40; ++n) {
    add(20'000 + n, {small.begin() + n * 250, small.begin() + (n + 1) * 250});
  }
  EXPECT_EQ(find_duplicates(metas), small);
}

}  // namespace
}  // namespace strata::block
