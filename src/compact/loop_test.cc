#include "compact/loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "compact/testing/block_in_bucket.h"
#include "compact/testing/edit_index.h"
#include "compact/testing/run_loop.h"
#include "objstore/testing/bucket_contract.h"
#include "objstore/testing/faulty_bucket.h"
#include "objstore/testing/memory_bucket.h"
#include "telemetry/testing/captured_log.h"

namespace strata::compact {
namespace {

using namespace std::chrono_literals;
using objstore::testing::CallKind;
using objstore::testing::FaultyBucket;
using objstore::testing::put_text;
using testing::blocks_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::id_of;
using ::testing::IsEmpty;
using testing::MetaSpec;
using testing::numbers;
using testing::put_block;
using testing::read_contents;
using testing::read_meta;
using testing::RunSettings;
using ::testing::SizeIs;
using testing::visible_samples;

constexpr Timestamp kNow = 1'800'000'000'000;
const block::Labels kOther{{"cluster", "us2"}};

class LoopTest : public ::testing::Test {
 protected:
  LoopTest() {
    settings_.ranges = {20, 60, 180};
    settings_.loop.filters.consistency_delay = 0ms;
    settings_.loop.retention.downsampling = false;
  }

  // A block [min, max) with one sample of two series at its start and middle.
  void add_block(std::uint64_t id, Timestamp min, Timestamp max,
                 const block::Labels& labels = {{"cluster", "eu1"}}) {
    put_block(bucket_, {.id = id, .min = min, .max = max, .labels = labels},
              {{"a", {{min, (min + max) / 2}}}, {"b", {{min + 1}}}});
  }
  // Four blocks of which three fill a window.
  void add_group(std::uint64_t first_id, const block::Labels& labels = {{"cluster", "eu1"}}) {
    for (std::uint64_t number = 0; number < 4; ++number) {
      const auto min = static_cast<Timestamp>(number) * 20;
      add_block(first_id + number, min, min + 20, labels);
    }
  }

  // The first chunk of each series says that it reaches into the second.
  void make_out_of_order(std::uint64_t id) {
    testing::edit_index(bucket_, id_of(id), [](tsdb::SeriesEntry& entry) {
      entry.chunks.at(0).max_time = entry.chunks.at(1).min_time + 1;
    });
  }

  RunReport run() { return testing::run_loop(bucket_, clock_, settings_, registry_); }
  double value(std::string_view name, const telemetry::Labels& labels = {}) {
    return telemetry::read_value(registry_, name, labels).value_or(-1);
  }
  double of_raw(std::string_view name) { return value(name, {{"resolution", "0"}}); }
  bool exists(const std::string& object) { return bucket_.stat({}, object).has_value(); }
  bool is_marked(std::uint64_t id, block::MarkKind kind) {
    return exists(block::mark_object(kind, id_of(id)));
  }

  ManualClock clock_{kNow};
  objstore::testing::MemoryBucket bucket_{clock_};
  telemetry::Registry registry_;
  RunSettings settings_;
};

TEST_F(LoopTest, MergesWhatIsDueAndMarksTheInputs) {
  add_group(1);
  const auto before = visible_samples(bucket_);
  const RunReport report = run();
  EXPECT_TRUE(report.is_clean());
  ASSERT_THAT(report.jobs, SizeIs(1));
  EXPECT_THAT(numbers(report.jobs[0].inputs), ElementsAre(1, 2, 3));
  EXPECT_EQ(report.jobs[0].samples, 9U);
  EXPECT_EQ(report.passes, 2U);
  EXPECT_EQ(visible_samples(bucket_), before);
  for (const std::uint64_t id : {1, 2, 3}) {
    EXPECT_THAT(
        objstore::testing::get_text(bucket_,
                                    block::mark_object(block::MarkKind::kDeletion, id_of(id))),
        HasSubstr("\"details\":\"source of compacted block\",\"deletion_time\":1800000000"));
  }
  EXPECT_FALSE(is_marked(4, block::MarkKind::kDeletion));

  const block::Meta meta = read_meta(bucket_, report.jobs[0].result);
  EXPECT_EQ(meta.range, (TimeRange{0, 60}));
  EXPECT_EQ(meta.compaction.level, 2);
  EXPECT_THAT(numbers(meta.compaction.sources), ElementsAre(1, 2, 3));
  EXPECT_THAT(meta.compaction.parents, SizeIs(3));
  EXPECT_EQ(meta.thanos.source, "compactor");
  EXPECT_EQ(meta.labels(), (block::Labels{{"cluster", "eu1"}}));

  EXPECT_EQ(of_raw("thanos_compact_group_compactions_total"), 1);
  EXPECT_EQ(of_raw("thanos_compact_group_compaction_runs_started_total"), 2);
  EXPECT_EQ(of_raw("thanos_compact_group_compaction_runs_completed_total"), 2);
  EXPECT_EQ(of_raw("thanos_compact_group_compactions_failures_total"), 0);
  EXPECT_EQ(value("thanos_compact_garbage_collected_blocks_total"), 3);
  EXPECT_EQ(value("thanos_compact_garbage_collection_total"), 2);
  EXPECT_EQ(value("thanos_compact_halted"), 0);
  EXPECT_EQ(value("thanos_blocks_meta_synced", {{"state", "duplicate"}}), 3);
  EXPECT_EQ(value("prometheus_tsdb_compactions_total"), 1);
  EXPECT_EQ(value("prometheus_tsdb_compaction_populating_block"), 0);
}

TEST_F(LoopTest, OnASecondRunFindsNothingToDo) {
  add_group(1);
  run();
  const auto names = objstore::testing::list_names(bucket_, "", objstore::Listing::kRecursive);
  EXPECT_THAT(run().jobs, IsEmpty());
  EXPECT_EQ(objstore::testing::list_names(bucket_, "", objstore::Listing::kRecursive), names);
}

TEST_F(LoopTest, WorksOnGroupsSideBySide) {
  for (std::uint64_t group = 0; group < 5; ++group) {
    add_group(1 + 10 * group, {{"cluster", std::to_string(group)}});
  }
  settings_.loop.group_concurrency = 3;
  const auto before = visible_samples(bucket_);
  const RunReport report = run();
  EXPECT_THAT(report.jobs, SizeIs(5));
  EXPECT_TRUE(report.is_clean());
  EXPECT_EQ(visible_samples(bucket_), before);
}

TEST_F(LoopTest, SetsAGroupWithOverlapsAsideAndGoesOnWithTheOthers) {
  add_group(1);
  add_block(7, 30, 50);
  add_group(11, kOther);
  const RunReport report = run();
  EXPECT_FALSE(report.is_clean());
  ASSERT_THAT(report.aside, SizeIs(1));
  EXPECT_EQ(report.aside[0].reason, "overlap");
  EXPECT_THAT(report.aside[0].message, HasSubstr(id_of(7).to_string()));
  EXPECT_THAT(report.aside[0].message, HasSubstr(id_of(2).to_string()));
  ASSERT_THAT(report.jobs, SizeIs(1));
  EXPECT_THAT(numbers(report.jobs[0].inputs), ElementsAre(11, 12, 13));
  EXPECT_EQ(value("thanos_compact_halted"), 1);
  EXPECT_EQ(value("strata_compact_groups_set_aside", {{"reason", "overlap"}}), 1);
  EXPECT_EQ(of_raw("thanos_compact_group_compactions_failures_total"), 1);
}

TEST_F(LoopTest, MergesOverlapsWhereThatIsAllowed) {
  add_group(1);
  add_block(7, 30, 50);
  settings_.vertical = true;
  const auto before = visible_samples(bucket_);
  const RunReport report = run();
  EXPECT_TRUE(report.is_clean());
  ASSERT_THAT(report.jobs, SizeIs(2));
  EXPECT_THAT(numbers(report.jobs[0].inputs), ElementsAre(2, 7, 3));
  EXPECT_EQ(of_raw("thanos_compact_group_vertical_compactions_total"), 1);
  EXPECT_EQ(value("prometheus_tsdb_vertical_compactions_total"), 1);
  EXPECT_EQ(visible_samples(bucket_), before);
}

TEST_F(LoopTest, SetsAPlanWithSharedSourcesAside) {
  // Neither holds all that the other holds, so neither is a duplicate.
  put_block(bucket_, {.id = 1, .min = 0, .max = 20, .sources = {1, 98}}, {{"a", {{1}}}});
  put_block(bucket_, {.id = 2, .min = 20, .max = 40, .sources = {1, 99}}, {{"a", {{21}}}});
  add_block(3, 40, 60);
  add_block(4, 60, 80);
  const RunReport report = run();
  ASSERT_THAT(report.aside, SizeIs(1));
  EXPECT_EQ(report.aside[0].reason, "shared-sources");
  EXPECT_THAT(report.jobs, IsEmpty());
}

TEST_F(LoopTest, LeavesABlockWithABrokenIndexOutAndMergesTheRest) {
  add_group(1);
  add_block(5, 80, 100);
  put_text(bucket_, id_of(1).to_string() + "/index", "this is no index");
  telemetry::CapturedLog log;
  settings_.log = &log.sink;
  const RunReport report = run();
  ASSERT_THAT(report.aside, SizeIs(1));
  EXPECT_EQ(report.aside[0].what, "block " + id_of(1).to_string());
  EXPECT_EQ(report.aside[0].reason, "broken-block");
  ASSERT_THAT(report.jobs, SizeIs(1));
  EXPECT_THAT(numbers(report.jobs[0].inputs), ElementsAre(2, 3));
  EXPECT_EQ(value("strata_compact_blocks_set_aside", {{"reason", "broken-block"}}), 1);
  EXPECT_EQ(value("thanos_compact_halted"), 0);
  EXPECT_TRUE(log.sink.contains(id_of(1).to_string()));
}

TEST_F(LoopTest, SetsAGroupWithBrokenChunksAsideAndLeavesNothingOfTheResult) {
  add_group(1);
  add_group(11, kOther);
  std::string segment =
      objstore::testing::get_text(bucket_, id_of(2).to_string() + "/chunks/000001");
  segment[segment.size() - 6] = static_cast<char>(segment[segment.size() - 6] ^ 1);
  put_text(bucket_, id_of(2).to_string() + "/chunks/000001", segment);
  const RunReport report = run();
  ASSERT_THAT(report.aside, SizeIs(1));
  EXPECT_EQ(report.aside[0].reason, "broken-data");
  EXPECT_THAT(report.aside[0].message, HasSubstr(id_of(2).to_string()));
  EXPECT_THAT(report.aside[0].message, HasSubstr("chunks/000001"));
  EXPECT_THAT(report.jobs, SizeIs(1));
  EXPECT_THAT(block::list_blocks({}, bucket_), SizeIs(9));
}

TEST_F(LoopTest, JudgesBlocksInTheOrderOfThePlan) {
  // Blocks 1 and 2 hold chunks that lie outside and chunks out of order; 1 is named though 2 has
  // the smaller series.
  put_block(bucket_, {.id = 1, .min = 0, .max = 20}, {{"z", {{0, 9}, {10, 15}}}});
  make_out_of_order(1);
  put_block(bucket_, {.id = 2, .min = 20, .max = 40}, {{"a", {{20, 55}}}});
  add_block(3, 40, 60);
  add_block(4, 60, 80);
  const RunReport report = run();
  ASSERT_THAT(report.aside, SizeIs(1));
  EXPECT_EQ(report.aside[0].reason, "out-of-order-chunks");
  EXPECT_THAT(report.aside[0].message, HasSubstr(id_of(1).to_string()));
}

TEST_F(LoopTest, MarksBlocksWithOutOfOrderChunksWhereThatIsWanted) {
  put_block(bucket_, {.id = 1, .min = 0, .max = 20}, {{"a", {{0, 9}, {10, 15}}}});
  make_out_of_order(1);
  for (std::uint64_t id = 2; id <= 4; ++id) {
    add_block(id, static_cast<Timestamp>(id - 1) * 20, static_cast<Timestamp>(id) * 20);
  }
  settings_.loop.skip_out_of_order_chunks = true;
  const RunReport report = run();
  EXPECT_TRUE(report.is_clean());
  EXPECT_TRUE(is_marked(1, block::MarkKind::kNoCompact));
  ASSERT_THAT(report.jobs, SizeIs(1));
  EXPECT_THAT(numbers(report.jobs[0].inputs), ElementsAre(2, 3));
  EXPECT_EQ(
      value("thanos_compact_blocks_marked_total",
            {{"marker", "no-compact-mark.json"}, {"reason", "block-index-out-of-order-chunk"}}),
      1);
}

TEST_F(LoopTest, RepairsChunksAtTheEndOfTheirBlockOnce) {
  put_block(bucket_, {.id = 1, .min = 0, .max = 20}, {{"a", {{0, 10}, {20}}}, {"b", {{20, 21}}}});
  for (std::uint64_t id = 2; id <= 4; ++id) {
    add_block(id, static_cast<Timestamp>(id - 1) * 20, static_cast<Timestamp>(id) * 20);
  }
  const RunReport report = run();
  EXPECT_TRUE(report.is_clean());
  ASSERT_THAT(report.jobs, SizeIs(2));
  EXPECT_EQ(report.jobs[0].outcome, JobOutcome::kRepaired);
  EXPECT_THAT(numbers(report.jobs[0].inputs), ElementsAre(1));
  const Ulid repaired = report.jobs[0].result;
  EXPECT_THAT(read_contents(bucket_, repaired),
              ElementsAre(::testing::Pair("a", ElementsAre(0, 10))));
  const block::Meta meta = read_meta(bucket_, repaired);
  EXPECT_EQ(meta.thanos.source, "compactor.repair");
  EXPECT_EQ(meta.stats.num_samples, 2U);
  EXPECT_THAT(meta.compaction.sources, ElementsAre(id_of(1), repaired));
  EXPECT_THAT(report.jobs[1].inputs, ElementsAre(repaired, id_of(2), id_of(3)));
  EXPECT_TRUE(is_marked(1, block::MarkKind::kDeletion));
  EXPECT_THAT(blocks_of(bucket_, true), SizeIs(2));
}

TEST_F(LoopTest, MarksBlocksWithoutSamplesThatMergeToNothing) {
  put_block(bucket_, {.id = 1, .min = 0, .max = 20}, {});
  put_block(bucket_, {.id = 2, .min = 20, .max = 60}, {});
  add_block(3, 60, 80);
  const RunReport report = run();
  ASSERT_THAT(report.jobs, SizeIs(1));
  EXPECT_EQ(report.jobs[0].outcome, JobOutcome::kEmpty);
  EXPECT_TRUE(is_marked(1, block::MarkKind::kDeletion));
  EXPECT_TRUE(is_marked(2, block::MarkKind::kDeletion));
  EXPECT_EQ(of_raw("thanos_compact_group_compactions_total"), 0);
  EXPECT_EQ(value("thanos_compact_garbage_collected_blocks_total"), 0);
  EXPECT_THAT(block::list_blocks({}, bucket_), SizeIs(3));
}

TEST_F(LoopTest, RewritesABlockWithManyTombstonesOnce) {
  put_block(bucket_, {.id = 1, .min = 0, .max = 180, .tombstones = 9}, {{"a", {{0, 90}}}});
  add_block(2, 180, 240);
  const RunReport report = run();
  ASSERT_THAT(report.jobs, SizeIs(1));
  EXPECT_THAT(numbers(report.jobs[0].inputs), ElementsAre(1));
  EXPECT_THAT(blocks_of(bucket_, true), ElementsAre(id_of(2), report.jobs[0].result));
  EXPECT_EQ(report.garbage, 0U);
}

TEST_F(LoopTest, SetsAGroupAsideWhoseIndexHasUnsortedLabels) {
  put_block(bucket_, {.id = 1, .min = 0, .max = 20}, {{"a", {{0, 10}}}});
  testing::edit_index(bucket_, id_of(1), [](tsdb::SeriesEntry& entry) {
    // series="a", a="a": the names descend.
    entry.labels = {std::uint64_t{1} << 32, 0};
  });
  for (std::uint64_t id = 2; id <= 4; ++id) {
    add_block(id, static_cast<Timestamp>(id - 1) * 20, static_cast<Timestamp>(id) * 20);
  }
  RunReport report = run();
  ASSERT_THAT(report.aside, SizeIs(1));
  EXPECT_EQ(report.aside[0].reason, "out-of-order-labels");
  settings_.accept_malformed_index = true;
  report = run();
  EXPECT_TRUE(report.is_clean());
  EXPECT_THAT(report.jobs, SizeIs(1));
}

TEST_F(LoopTest, NeverPublishesABlockWithoutExternalLabels) {
  add_group(1, {});
  const RunReport report = run();
  ASSERT_THAT(report.aside, SizeIs(1));
  EXPECT_EQ(report.aside[0].reason, "invalid");
  EXPECT_THAT(block::list_blocks({}, bucket_), SizeIs(4));
}

TEST_F(LoopTest, TriesAGroupAgainWhenItsBlocksCannotBeReadForAWhile) {
  add_group(1);
  int failures = 2;
  FaultyBucket faulty(bucket_, [&](const objstore::testing::Call& call) {
    const bool fails =
        call.kind == CallKind::kGetRange && call.object.ends_with("/index") && failures > 0;
    failures -= fails ? 1 : 0;
    return fails ? objstore::testing::Fault::kFail : objstore::testing::Fault::kNone;
  });
  const RunReport report = testing::run_loop(faulty, clock_, settings_, registry_);
  EXPECT_TRUE(report.is_clean());
  EXPECT_THAT(report.jobs, SizeIs(1));
  EXPECT_EQ(value("thanos_compact_retries_total"), 2);
}

TEST_F(LoopTest, SetsAGroupAsideThatCannotBeReadAtAll) {
  add_group(1);
  add_group(11, kOther);
  FaultyBucket faulty(bucket_, [](const objstore::testing::Call& call) {
    return call.object == id_of(2).to_string() + "/index" ? objstore::testing::Fault::kFail
                                                          : objstore::testing::Fault::kNone;
  });
  const RunReport report = testing::run_loop(faulty, clock_, settings_, registry_);
  ASSERT_THAT(report.aside, SizeIs(1));
  EXPECT_EQ(report.aside[0].reason, "unavailable");
  EXPECT_THAT(report.jobs, SizeIs(1));
}

TEST_F(LoopTest, EndsWhenTheBucketCannotBeListed) {
  add_group(1);
  FaultyBucket faulty(bucket_, [](const objstore::testing::Call& call) {
    return call.kind == CallKind::kList ? objstore::testing::Fault::kFail
                                        : objstore::testing::Fault::kNone;
  });
  EXPECT_THROW(testing::run_loop(faulty, clock_, settings_, registry_), Error);
  EXPECT_EQ(value("thanos_blocks_meta_sync_failures_total"), 1);
}

TEST_F(LoopTest, EndsWhenAccessIsDenied) {
  add_group(1);
  FaultyBucket faulty(
      bucket_,
      [](const objstore::testing::Call& call) {
        return call.kind == CallKind::kCreate ? objstore::testing::Fault::kFail
                                              : objstore::testing::Fault::kNone;
      },
      ErrorKind::kDenied);
  EXPECT_THROW(testing::run_loop(faulty, clock_, settings_, registry_), Error);
  EXPECT_THAT(block::list_blocks({}, bucket_), SizeIs(4));
}

TEST_F(LoopTest, StopsAtOnceWhenAskedTo) {
  add_group(1);
  std::stop_source stop;
  settings_.stop = stop.get_token();
  FaultyBucket watched(
      bucket_, [](const objstore::testing::Call&) { return objstore::testing::Fault::kNone; });
  watched.set_before([&](const objstore::testing::Call& call) {
    if (call.kind == CallKind::kCommit) {
      stop.request_stop();
    }
  });
  try {
    testing::run_loop(watched, clock_, settings_, registry_);
    ADD_FAILURE() << "was not stopped";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kCancelled);
  }
  EXPECT_THAT(block::list_blocks({}, bucket_), SizeIs(4));
  EXPECT_THAT(blocks_of(bucket_, true), SizeIs(4));
}

TEST_F(LoopTest, CollectsGarbageThatACrashLeft) {
  add_group(1);
  put_block(bucket_, {.id = 9, .min = 0, .max = 60, .sources = {1, 2, 3}},
            {{"a", {{0, 10, 20, 30, 40, 50}}}});
  put_text(bucket_, block::mark_object(block::MarkKind::kDeletion, id_of(1)),
           R"({"id":")" + id_of(1).to_string() + R"(","version":1,"deletion_time":1799999999})");
  const RunReport report = run();
  EXPECT_EQ(report.garbage, 2U);
  EXPECT_THAT(report.jobs, IsEmpty());
  EXPECT_THAT(objstore::testing::get_text(bucket_,
                                          block::mark_object(block::MarkKind::kDeletion, id_of(2))),
              HasSubstr("outdated block"));
  EXPECT_EQ(value("thanos_compact_garbage_collected_blocks_total"), 2);
  EXPECT_EQ(value("thanos_compact_blocks_marked_total",
                  {{"marker", "deletion-mark.json"}, {"reason", ""}}),
            2);
}

TEST_F(LoopTest, PurgesMarkedBlocksAfterTheDelay) {
  add_group(1);
  run();
  clock_.advance(48h);
  run();
  EXPECT_TRUE(exists(id_of(1).to_string() + "/meta.json"));
  clock_.advance(1ms);
  const RunReport report = run();
  EXPECT_EQ(report.purged, 3U);
  EXPECT_EQ(value("thanos_compact_blocks_cleaned_total"), 3);
  EXPECT_THAT(block::list_blocks({}, bucket_), SizeIs(2));
}

TEST_F(LoopTest, GoesOnWhenARemovalFailsAndSaysSo) {
  add_group(1);
  run();
  clock_.advance(49h);
  add_group(11, kOther);
  FaultyBucket faulty(bucket_, [](const objstore::testing::Call& call) {
    return call.kind == CallKind::kRemove && call.object.starts_with(id_of(2).to_string())
               ? objstore::testing::Fault::kFail
               : objstore::testing::Fault::kNone;
  });
  telemetry::Registry registry;
  const RunReport report = testing::run_loop(faulty, clock_, settings_, registry);
  EXPECT_EQ(report.purged, 2U);
  EXPECT_GT(report.failed_removals, 0U);
  EXPECT_FALSE(report.is_clean());
  EXPECT_THAT(report.jobs, SizeIs(1));
  EXPECT_EQ(telemetry::read_value(registry, "thanos_compact_block_cleanup_failures_total"),
            report.failed_removals);
}

TEST_F(LoopTest, AppliesRetentionAfterTheMerges) {
  add_group(1);
  add_block(5, 2000, 2020);
  settings_.loop.retention.raw = std::chrono::milliseconds(kNow - 60);
  const RunReport report = run();
  EXPECT_EQ(report.expired, 2U);
  const Ulid result = report.jobs.at(0).result;
  EXPECT_THAT(
      objstore::testing::get_text(bucket_, block::mark_object(block::MarkKind::kDeletion, result)),
      HasSubstr("block exceeding retention of "));
  EXPECT_TRUE(is_marked(4, block::MarkKind::kDeletion));
  EXPECT_FALSE(is_marked(5, block::MarkKind::kDeletion));
}

TEST_F(LoopTest, RemovesAbortedUploadsOnly) {
  put_text(bucket_, id_of(1).to_string() + "/index", "half");
  put_text(bucket_, id_of(2).to_string() + "/meta.json", "{\"ulid\": ");
  clock_.advance(48h);
  put_text(bucket_, id_of(3).to_string() + "/chunks/000001", "fresh");
  clock_.advance(1ms);
  const RunReport report = run();
  EXPECT_EQ(report.aborted_uploads, 2U);
  EXPECT_EQ(value("thanos_compact_aborted_partial_uploads_deletion_attempts_total"), 2);
  EXPECT_EQ(value("thanos_compact_block_cleanup_loops_total"), 1);
  EXPECT_THAT(block::list_blocks({}, bucket_), SizeIs(1));
}

TEST_F(LoopTest, MarksTheLargestIndexWhenAMergeWouldBeTooLarge) {
  add_group(1);
  settings_.max_index_size = 10;
  const RunReport report = run();
  EXPECT_TRUE(report.is_clean());
  EXPECT_THAT(report.jobs, IsEmpty());
  EXPECT_TRUE(is_marked(1, block::MarkKind::kNoCompact));
  EXPECT_GT(value("thanos_compact_blocks_marked_total",
                  {{"marker", "no-compact-mark.json"}, {"reason", "index-size-exceeding"}}),
            0);
}

TEST_F(LoopTest, ReportsMetasThatItDeclines) {
  add_group(1);
  put_text(bucket_, id_of(9).to_string() + "/meta.json",
           R"({"ulid":")" + id_of(9).to_string() + R"(","version":2})");
  const RunReport report = run();
  EXPECT_THAT(report.jobs, SizeIs(1));
  ASSERT_THAT(report.aside, SizeIs(1));
  EXPECT_EQ(report.aside[0].what, "block " + id_of(9).to_string());
}

}  // namespace
}  // namespace strata::compact
