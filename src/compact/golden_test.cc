// The reference's own results, and the counters that it showed after making them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "compact/loop.h"
#include "compact/testing/block_in_bucket.h"
#include "compact/testing/run_loop.h"
#include "objstore/testing/bucket_contract.h"
#include "objstore/testing/memory_bucket.h"

namespace strata::compact {
namespace {

namespace fs = std::filesystem;
using testing::blocks_of;
using testing::read_meta;
using testing::RunSettings;

constexpr Timestamp kNow = 1'795'348'800'000;  // soon after the goldens were made
constexpr std::chrono::hours kThreeDays{72};

fs::path golden(const std::string& name) {
  return fs::path(STRATA_TEST_DATA) / "golden" / name;
}

std::string read_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// Everything below `folder`; blocks of which `is_old` is true are as old as three days.
void load(objstore::Bucket& bucket, const fs::path& folder, ManualClock& clock,
          const std::set<std::string>& old = {}) {
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      const std::string name = fs::relative(entry.path(), folder).string();
      const bool is_old = old.contains(name.substr(0, name.find('/')));
      clock.set(is_old ? kNow - std::chrono::milliseconds(kThreeDays).count() : kNow);
      objstore::testing::put_text(bucket, name, read_text(entry.path()));
    }
  }
  clock.set(kNow);
}

// A meta as text, without what differs from run to run; also its identity.
std::string comparable(block::Meta meta, const std::set<Ulid>& inputs) {
  meta.ulid = {};
  meta.thanos.upload_time.clear();
  for (block::BlockDesc& parent : meta.compaction.parents) {
    parent.ulid = inputs.contains(parent.ulid) ? parent.ulid : Ulid();
  }
  std::ranges::sort(meta.compaction.parents, {}, [](const block::BlockDesc& parent) {
    return std::tuple(parent.range.min, parent.ulid);
  });
  return block::format_meta(meta);
}

using Files = std::map<std::string, std::string>;

// The new blocks of a bucket: comparable meta to index and chunks.
std::map<std::string, Files> new_blocks(objstore::Bucket& bucket, const std::set<Ulid>& inputs) {
  std::map<std::string, Files> found;
  for (const Ulid& id : blocks_of(bucket, false)) {
    const block::Meta meta = read_meta(bucket, id);
    if (inputs.contains(id)) {
      continue;
    }
    Files files;
    for (const block::MetaFile& file : meta.thanos.files) {
      if (file.rel_path != "meta.json") {
        files[file.rel_path] =
            objstore::testing::get_text(bucket, id.to_string() + "/" + file.rel_path);
      }
    }
    EXPECT_TRUE(found.emplace(comparable(meta, inputs), std::move(files)).second);
  }
  return found;
}

class GoldenTest : public ::testing::Test {
 protected:
  GoldenTest() { settings_.loop.filters.consistency_delay = std::chrono::milliseconds(0); }

  void deduplicate(tsdb::MergeFunction function) {
    settings_.vertical = true;
    settings_.merge_function = function;
    settings_.loop.filters.replica_labels = {"replica"};
    settings_.loop.filters.selector_ignores = {"replica"};
  }

  void expect_golden(const std::string& name) {
    load(bucket_, golden(name) / "in", clock_);
    const std::vector<Ulid> before = blocks_of(bucket_, false);
    const std::set<Ulid> inputs(before.begin(), before.end());
    EXPECT_TRUE(testing::run_loop(bucket_, clock_, settings_, registry_).is_clean());
    objstore::testing::MemoryBucket wanted(clock_);
    load(wanted, golden(name) / "out", clock_);
    const auto have = new_blocks(bucket_, inputs);
    const auto want = new_blocks(wanted, inputs);
    EXPECT_EQ(have.size(), want.size());
    for (const auto& [meta, files] : want) {
      const auto found = have.find(meta);
      ASSERT_NE(found, have.end()) << meta;
      EXPECT_TRUE(found->second == files) << meta;
    }
    for (const Ulid& id : inputs) {
      const std::string mark = block::mark_object(block::MarkKind::kDeletion, id);
      EXPECT_EQ(bucket_.stat({}, mark).has_value(), wanted.stat({}, mark).has_value()) << mark;
    }
  }

  // Every line `name{labels} value` of the file, but for what only a compactor that stays counts.
  void expect_metrics(const std::string& file) {
    std::istringstream lines(read_text(golden("e2e") / file));
    std::string line;
    std::size_t compared = 0;
    while (std::getline(lines, line)) {
      const std::size_t space = line.rfind(' ');
      const std::string series = line.substr(0, space);
      const std::string name = series.substr(0, series.find('{'));
      if (name == "thanos_compact_iterations_total") {
        continue;
      }
      telemetry::Labels labels;
      std::size_t at = series.find('{');
      while (at != std::string::npos && at + 1 < series.size()) {
        const std::size_t equals = series.find("=\"", at);
        const std::size_t end = series.find('"', equals + 2);
        labels[series.substr(at + 1, equals - at - 1)] =
            series.substr(equals + 2, end - equals - 2);
        at = series.find(',', end);
      }
      EXPECT_EQ(telemetry::read_value(registry_, name, labels), std::stod(line.substr(space + 1)))
          << line;
      ++compared;
    }
    EXPECT_GT(compared, 30U);
  }

  ManualClock clock_{kNow};
  objstore::testing::MemoryBucket bucket_{clock_};
  telemetry::Registry registry_;
  RunSettings settings_;
};

TEST_F(GoldenTest, MergesToEightHours) {
  expect_golden("h8");
}

TEST_F(GoldenTest, MergesAndDownsamplesNativeHistograms) {
  expect_golden("native");
}

TEST_F(GoldenTest, ClimbsTheLadderToTwoWeeksAndAnHour) {
  expect_golden("ladder");
}

TEST_F(GoldenTest, MergesEqualReplicas) {
  deduplicate(tsdb::MergeFunction::kOneToOne);
  expect_golden("vert");
}

TEST_F(GoldenTest, MergesReplicasByPenalty) {
  deduplicate(tsdb::MergeFunction::kPenalty);
  expect_golden("penalty");
}

TEST_F(GoldenTest, CountsWhatTheReferenceCounts) {
  deduplicate(tsdb::MergeFunction::kOneToOne);
  load(bucket_, golden("e2e") / "in", clock_,
       {"01M8Z00000000000000000PA01", "01M8Z0000000000000000BAD01"});
  testing::run_loop(bucket_, clock_, settings_, registry_);
  expect_metrics("out.metrics");
}

}  // namespace
}  // namespace strata::compact
