// Downsampling within a run over a bucket.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "block/remove_block.h"
#include "compact/loop.h"
#include "compact/testing/block_in_bucket.h"
#include "compact/testing/edit_index.h"
#include "compact/testing/run_loop.h"
#include "objstore/testing/bucket_contract.h"
#include "objstore/testing/faulty_bucket.h"
#include "objstore/testing/memory_bucket.h"

namespace strata::compact {
namespace {

using namespace std::chrono_literals;
using block::k1h;
using block::k5m;
using block::kRaw;
using objstore::testing::Call;
using objstore::testing::CallKind;
using objstore::testing::Fault;
using objstore::testing::FaultyBucket;
using objstore::testing::put_text;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::id_of;
using ::testing::IsEmpty;
using testing::put_block;
using testing::read_meta;
using testing::RunSettings;
using testing::SeriesSpec;
using ::testing::SizeIs;

constexpr Timestamp kMinute = 60'000;
constexpr Timestamp kDay = 24 * 60 * kMinute;
constexpr Timestamp kFortnight = 14 * kDay;
constexpr Timestamp kStart = 1400 * kFortnight;  // where a window of every length begins
const block::Labels kEu{{"cluster", "eu1"}};
const block::Labels kUs{{"cluster", "us2"}};

class DownsampleLoopTest : public ::testing::Test {
 protected:
  DownsampleLoopTest() {
    settings_.loop.filters.consistency_delay = 0ms;
    clock_.set(kStart + 100 * kDay);
  }

  // A raw block with two series that have a sample every ten minutes.
  void add_block(std::uint64_t id, const TimeRange& range, const block::Labels& labels = kEu) {
    std::vector<SeriesSpec> series{{.name = "a", .chunks = {}}, {.name = "b", .chunks = {}}};
    for (Timestamp at = range.min; at < range.max; at += 10 * kMinute) {
      for (SeriesSpec& one : series) {
        if (one.chunks.empty() || one.chunks.back().size() == 120) {
          one.chunks.emplace_back();
        }
        one.chunks.back().push_back(at);
      }
    }
    put_block(bucket_, {.id = id, .min = range.min, .max = range.max, .labels = labels}, series);
  }

  RunReport run() { return testing::run_loop(bucket_, clock_, settings_, registry_); }

  double value(std::string_view name, block::Resolution resolution) {
    return telemetry::read_value(registry_, name, {{"resolution", std::to_string(resolution)}})
        .value_or(-1);
  }
  double aside(std::string_view reason) {
    return telemetry::read_value(registry_, "strata_compact_blocks_set_aside",
                                 {{"reason", std::string(reason)}})
        .value_or(0);
  }

  // Metas of what a reader sees, by resolution.
  std::vector<block::Meta> visible(block::Resolution resolution) {
    std::vector<block::Meta> metas;
    for (const Ulid& id : testing::blocks_of(bucket_, true)) {
      if (block::Meta meta = read_meta(bucket_, id); meta.thanos.resolution == resolution) {
        metas.push_back(std::move(meta));
      }
    }
    return metas;
  }

  // Bytes of index and chunks of the visible downsampled blocks.
  std::set<std::string> downsampled_bytes() {
    std::set<std::string> blocks;
    for (const block::Resolution resolution : {k5m, k1h}) {
      for (const block::Meta& meta : visible(resolution)) {
        std::string bytes;
        for (const block::MetaFile& file : meta.thanos.files) {
          if (file.rel_path != block::kMetaFile) {
            bytes +=
                objstore::testing::get_text(bucket_, meta.ulid.to_string() + "/" + file.rel_path);
          }
        }
        blocks.insert(std::move(bytes));
      }
    }
    return blocks;
  }

  void mark_no_downsample(const Ulid& id) {
    put_text(bucket_, block::mark_object(block::MarkKind::kNoDownsample, id),
             block::format_mark({.kind = block::MarkKind::kNoDownsample,
                                 .block = id,
                                 .details = {},
                                 .time_s = 1,
                                 .reason = "manual"}));
  }

  void break_last_chunk(std::uint64_t id) {
    const std::string object = id_of(id).to_string() + "/chunks/000001";
    std::string segment = objstore::testing::get_text(bucket_, object);
    segment[segment.size() - 6] = static_cast<char>(segment[segment.size() - 6] ^ 1);
    put_text(bucket_, object, segment);
  }

  // The first chunk of each series says that it reaches into the second.
  void make_out_of_order(std::uint64_t id) {
    testing::edit_index(bucket_, id_of(id), [](tsdb::SeriesEntry& entry) {
      entry.chunks.at(0).max_time = entry.chunks.at(1).min_time + 1;
    });
  }

  ManualClock clock_{0};
  objstore::testing::MemoryBucket bucket_{clock_};
  telemetry::Registry registry_;
  RunSettings settings_;
};

TEST_F(DownsampleLoopTest, MakesFiveMinutesAndOfThemAnHourInOneRun) {
  add_block(1, {kStart, kStart + kFortnight});
  const RunReport report = run();
  EXPECT_TRUE(report.is_clean());
  ASSERT_THAT(report.jobs, SizeIs(2));
  EXPECT_EQ(report.jobs[0].outcome, JobOutcome::kDownsampled);
  EXPECT_EQ(report.jobs[0].group, "0@{cluster=\"eu1\"}");
  EXPECT_THAT(report.jobs[0].inputs, ElementsAre(id_of(1)));
  EXPECT_EQ(report.jobs[0].resolution, k5m);
  EXPECT_THAT(report.jobs[1].inputs, ElementsAre(report.jobs[0].result));
  EXPECT_EQ(report.jobs[1].resolution, k1h);

  ASSERT_THAT(visible(kRaw), SizeIs(1));
  ASSERT_THAT(visible(k5m), SizeIs(1));
  ASSERT_THAT(visible(k1h), SizeIs(1));
  const block::Meta five_minutes = visible(k5m)[0];
  EXPECT_EQ(five_minutes.range, (TimeRange{kStart, kStart + kFortnight}));
  EXPECT_THAT(five_minutes.compaction.sources, ElementsAre(id_of(1)));
  EXPECT_EQ(five_minutes.thanos.source, "compactor");
  EXPECT_EQ(five_minutes.labels(), kEu);
  // One sample a window of five minutes; six of them an hour.
  EXPECT_EQ(five_minutes.stats.num_samples, 2U * 6 * 24 * 14);
  EXPECT_GE(visible(k1h)[0].stats.num_samples, 2U * 24 * 14);

  for (const block::Resolution input : {kRaw, k5m}) {
    EXPECT_EQ(value("thanos_compact_downsample_total", input), 1);
    EXPECT_EQ(value("thanos_compact_downsample_duration_seconds_count", input), 1);
  }
  EXPECT_EQ(value("thanos_compact_downsample_failures_total", kRaw), 0);
  EXPECT_EQ(value("thanos_compact_downsample_total", k1h), -1);
}

TEST_F(DownsampleLoopTest, OnASecondRunFindsNothingToDo) {
  add_block(1, {kStart, kStart + kFortnight});
  run();
  const auto names = objstore::testing::list_names(bucket_, "", objstore::Listing::kRecursive);
  EXPECT_THAT(run().jobs, IsEmpty());
  EXPECT_EQ(objstore::testing::list_names(bucket_, "", objstore::Listing::kRecursive), names);
}

TEST_F(DownsampleLoopTest, DoesNothingWhereItIsSwitchedOff) {
  add_block(1, {kStart, kStart + kFortnight});
  settings_.loop.retention.downsampling = false;
  EXPECT_THAT(run().jobs, IsEmpty());
  EXPECT_EQ(value("thanos_compact_downsample_total", kRaw), -1);
}

TEST_F(DownsampleLoopTest, DownsamplesWhatMergingLeaves) {
  for (std::uint64_t number = 0; number < 8; ++number) {
    const Timestamp min = kStart + static_cast<Timestamp>(number) * kDay / 3;
    add_block(1 + number, {min, min + kDay / 3});
  }
  const RunReport report = run();
  ASSERT_THAT(report.jobs, SizeIs(2));
  EXPECT_EQ(report.jobs[0].outcome, JobOutcome::kMerged);
  EXPECT_THAT(report.jobs[1].inputs, ElementsAre(report.jobs[0].result));
  ASSERT_THAT(visible(k5m), SizeIs(1));
  EXPECT_EQ(visible(k5m)[0].range, (TimeRange{kStart, kStart + 2 * kDay}));
}

TEST_F(DownsampleLoopTest, WritesTheSameBytesForAnyNumberOfThreadsAndBlocksAtOnce) {
  std::set<std::string> first;
  for (const unsigned threads : {1U, 2U, 5U}) {
    for (const Ulid& id : testing::blocks_of(bucket_, false)) {
      block::remove_block({}, bucket_, id);
    }
    for (std::uint64_t id = 1; id <= 3; ++id) {
      add_block(id, {kStart, kStart + static_cast<Timestamp>(id + 10) * kDay},
                {{"cluster", std::to_string(id)}});
    }
    settings_.threads = threads;
    settings_.loop.downsampling.concurrency = threads;
    EXPECT_THAT(run().jobs, SizeIs(6));
    const std::set<std::string> bytes = downsampled_bytes();
    EXPECT_THAT(bytes, SizeIs(6));
    first = first.empty() ? bytes : first;
    EXPECT_TRUE(bytes == first) << threads;
  }
}

TEST_F(DownsampleLoopTest, SetsABlockAsideThatItCannotReadAndGoesOnWithTheOthers) {
  struct Case {
    const char* reason;
    std::function<void(std::uint64_t)> break_block;
  };
  const Case cases[] = {
      {"broken-data", [this](std::uint64_t id) { break_last_chunk(id); }},
      {"out-of-order-chunks", [this](std::uint64_t id) { make_out_of_order(id); }},
      {"broken-block",
       [this](std::uint64_t id) { put_text(bucket_, id_of(id).to_string() + "/index", "none"); }},
      {"chunks-outside",
       [this](std::uint64_t id) {
         testing::edit_index(bucket_, id_of(id), [](tsdb::SeriesEntry& entry) {
           entry.chunks.back().max_time += 60 * kDay;
         });
       }},
  };
  std::uint64_t id = 1;
  for (const Case& c : cases) {
    SCOPED_TRACE(c.reason);
    const block::Labels labels{{"cluster", c.reason}};
    add_block(id, {kStart, kStart + 2 * kDay}, labels);
    add_block(id + 1, {kStart + 4 * kDay, kStart + 6 * kDay}, labels);
    c.break_block(id);
    const RunReport report = run();
    ASSERT_FALSE(report.aside.empty());
    const Aside& last = report.aside.back();
    EXPECT_EQ(last.what, "block " + id_of(id).to_string());
    EXPECT_EQ(last.reason, c.reason);
    EXPECT_THAT(last.message, HasSubstr(id_of(id).to_string()));
    EXPECT_THAT(report.jobs, SizeIs(1));
    EXPECT_EQ(aside(c.reason), 1);
    // Nothing of the failed ones is left.
    EXPECT_THAT(block::list_blocks({}, bucket_), SizeIs(3));
    for (const Ulid& done : testing::blocks_of(bucket_, false)) {
      block::remove_block({}, bucket_, done);
    }
    id += 2;
  }
  EXPECT_EQ(value("thanos_compact_downsample_failures_total", kRaw), 4);
  EXPECT_EQ(value("thanos_compact_downsample_total", kRaw), 8);
}

TEST_F(DownsampleLoopTest, TakesAMalformedIndexWhereThatIsWanted) {
  add_block(1, {kStart, kStart + 2 * kDay});
  testing::edit_index(bucket_, id_of(1),
                      [](tsdb::SeriesEntry& entry) { entry.chunks.back().max_time += 60 * kDay; });
  EXPECT_THAT(run().aside, SizeIs(1));
  settings_.accept_malformed_index = true;
  const RunReport report = run();
  EXPECT_TRUE(report.is_clean());
  EXPECT_THAT(report.jobs, SizeIs(1));
}

TEST_F(DownsampleLoopTest, HonoursMarksAgainstDownsampling) {
  add_block(1, {kStart, kStart + kFortnight});
  add_block(2, {kStart, kStart + kFortnight}, kUs);
  mark_no_downsample(id_of(1));
  EXPECT_THAT(run().jobs, SizeIs(2));
  ASSERT_THAT(visible(k5m), SizeIs(1));
  EXPECT_EQ(visible(k5m)[0].labels(), kUs);
}

TEST_F(DownsampleLoopTest, DoesNotMakeAMarkedBlockAnew) {
  add_block(1, {kStart, kStart + 9 * kDay});
  run();
  mark_no_downsample(visible(k5m).at(0).ulid);
  EXPECT_THAT(run().jobs, IsEmpty());
}

TEST_F(DownsampleLoopTest, LeavesAGroupAloneThatCannotBeMerged) {
  add_block(1, {kStart, kStart + 2 * kDay});
  add_block(2, {kStart + kDay, kStart + 3 * kDay});
  add_block(3, {kStart, kStart + 2 * kDay}, kUs);
  const RunReport report = run();
  ASSERT_THAT(report.aside, SizeIs(1));
  EXPECT_EQ(report.aside[0].reason, "overlap");
  ASSERT_THAT(report.jobs, SizeIs(1));
  EXPECT_THAT(report.jobs[0].inputs, ElementsAre(id_of(3)));
}

TEST_F(DownsampleLoopTest, SetsABlockOfUnknownResolutionAside) {
  add_block(1, {kStart, kStart + 2 * kDay});
  put_block(bucket_, {.id = 2, .min = kStart, .max = kStart + 2 * kDay, .resolution = 7}, {});
  const RunReport report = run();
  ASSERT_THAT(report.aside, SizeIs(1));
  EXPECT_EQ(report.aside[0].reason, "unknown-resolution");
  EXPECT_THAT(report.jobs, SizeIs(1));
}

TEST_F(DownsampleLoopTest, SetsABlockWithoutExternalLabelsAside) {
  add_block(1, {kStart, kStart + 2 * kDay}, {});
  const RunReport report = run();
  ASSERT_THAT(report.aside, SizeIs(1));
  EXPECT_EQ(report.aside[0].reason, "invalid");
}

TEST_F(DownsampleLoopTest, PublishesABlockThatNothingIsLeftOf) {
  // Samples before 1970 fall out of every window; without a block they would be due for ever.
  add_block(1, {-4 * kDay, -2 * kDay});
  const RunReport report = run();
  EXPECT_TRUE(report.is_clean());
  ASSERT_THAT(visible(k5m), SizeIs(1));
  EXPECT_EQ(visible(k5m)[0].stats.num_series, 0U);
  EXPECT_TRUE(visible(k5m)[0].thanos.segment_files.empty());
  EXPECT_THAT(run().jobs, IsEmpty());
}

TEST_F(DownsampleLoopTest, TriesABlockAgainThatCannotBeReadForAWhile) {
  add_block(1, {kStart, kStart + kFortnight});
  int failures = 2;
  FaultyBucket faulty(bucket_, [&](const Call& call) {
    const bool fails = call.kind == CallKind::kGetRange && failures > 0;
    failures -= fails ? 1 : 0;
    return fails ? Fault::kFail : Fault::kNone;
  });
  const RunReport report = testing::run_loop(faulty, clock_, settings_, registry_);
  EXPECT_TRUE(report.is_clean());
  // The hour is made all the same, though its five minutes came two passes late.
  EXPECT_THAT(report.jobs, SizeIs(2));
  EXPECT_EQ(telemetry::read_value(registry_, "thanos_compact_retries_total"), 2);
  EXPECT_EQ(value("thanos_compact_downsample_total", kRaw), 3);
  EXPECT_EQ(value("thanos_compact_downsample_failures_total", kRaw), 2);
}

TEST_F(DownsampleLoopTest, SetsABlockAsideThatCannotBeReadAtAll) {
  add_block(1, {kStart, kStart + 2 * kDay});
  add_block(2, {kStart, kStart + 2 * kDay}, kUs);
  FaultyBucket faulty(bucket_, [](const Call& call) {
    return call.object == id_of(1).to_string() + "/index" ? Fault::kFail : Fault::kNone;
  });
  const RunReport report = testing::run_loop(faulty, clock_, settings_, registry_);
  ASSERT_THAT(report.aside, SizeIs(1));
  EXPECT_EQ(report.aside[0].reason, "unavailable");
  EXPECT_THAT(report.jobs, SizeIs(1));
}

TEST_F(DownsampleLoopTest, EndsWhenAccessIsDenied) {
  add_block(1, {kStart, kStart + 2 * kDay});
  FaultyBucket faulty(
      bucket_,
      [](const Call& call) { return call.kind == CallKind::kCreate ? Fault::kFail : Fault::kNone; },
      ErrorKind::kDenied);
  try {
    testing::run_loop(faulty, clock_, settings_, registry_);
    ADD_FAILURE() << "went on";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kDenied);
    EXPECT_THAT(error.what(), HasSubstr(id_of(1).to_string()));
  }
}

TEST_F(DownsampleLoopTest, StopsAtOnceWhenAskedTo) {
  add_block(1, {kStart, kStart + kFortnight});
  std::stop_source stop;
  settings_.stop = stop.get_token();
  FaultyBucket watched(bucket_, [](const Call&) { return Fault::kNone; });
  watched.set_before([&](const Call& call) {
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
  EXPECT_THAT(block::list_blocks({}, bucket_), SizeIs(1));
}

TEST_F(DownsampleLoopTest, KeepsARawBlockPastItsRetentionThatCouldNotBeDownsampled) {
  add_block(1, {kStart, kStart + 2 * kDay});
  add_block(2, {kStart + 4 * kDay, kStart + 6 * kDay});
  break_last_chunk(1);
  settings_.loop.retention.raw = std::chrono::days(10);
  const RunReport report = run();
  EXPECT_EQ(report.waiting_for_downsampling, 1U);
  EXPECT_EQ(report.expired, 1U);
  ASSERT_THAT(visible(kRaw), SizeIs(1));
  EXPECT_EQ(visible(kRaw)[0].ulid, id_of(1));
}

// Whether the ranges cover [from, to) without a gap.
bool cover(std::vector<block::Meta> blocks, Timestamp from, Timestamp to) {
  std::ranges::sort(blocks, {}, [](const block::Meta& meta) { return meta.range.min; });
  for (const block::Meta& meta : blocks) {
    if (meta.range.min > from) {
      return false;
    }
    from = std::max(from, meta.range.max);
  }
  return from >= to;
}

TEST_F(DownsampleLoopTest, KeepsFiveMinutesAndAnHourForEverWhileRawBlocksGoAfterTenDays) {
  settings_.loop.retention.raw = std::chrono::days(10);
  constexpr Timestamp kBlock = kDay / 3;
  constexpr int kDays = 34;
  std::uint64_t next_id = 1;
  for (int day = 0; day < kDays; ++day) {
    SCOPED_TRACE("day " + std::to_string(day));
    const Timestamp midnight = kStart + day * kDay;
    for (Timestamp min = midnight; min < midnight + kDay; min += kBlock) {
      add_block(next_id++, {min, min + kBlock});
    }
    clock_.set(midnight + kDay);
    settings_.seed = static_cast<std::uint64_t>(day);
    ASSERT_TRUE(run().is_clean());

    std::vector<block::Meta> fine = visible(kRaw);
    ASSERT_TRUE(cover(fine, std::max(kStart, clock_.now_ms() - 10 * kDay), clock_.now_ms()));
    std::ranges::move(visible(k5m), std::back_inserter(fine));
    // Whatever is gone as raw is there in five minutes.
    ASSERT_TRUE(cover(fine, kStart, clock_.now_ms()));
  }
  for (const block::Meta& meta : visible(kRaw)) {
    EXPECT_GT(meta.range.max, clock_.now_ms() - 11 * kDay);
  }
  EXPECT_TRUE(cover(visible(k5m), kStart, kStart + 2 * kFortnight));
  EXPECT_TRUE(cover(visible(k1h), kStart, kStart + 2 * kFortnight));
  EXPECT_THAT(visible(k1h), SizeIs(2));
}

}  // namespace
}  // namespace strata::compact
