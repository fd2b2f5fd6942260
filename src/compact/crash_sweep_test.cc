// What a run leaves behind when the process dies at any of its bucket operations must be something
// that the next run turns into the same bucket.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <tuple>

#include "block/filters.h"
#include "block/remove_block.h"
#include "block/snapshot.h"
#include "compact/loop.h"
#include "compact/testing/block_in_bucket.h"
#include "objstore/filesystem.h"
#include "objstore/testing/faulty_bucket.h"
#include "objstore/testing/temporary_directory.h"
#include "telemetry/metrics.h"

namespace strata::compact {
namespace {

namespace fs = std::filesystem;
using objstore::testing::Call;
using objstore::testing::Fault;
using objstore::testing::FaultyBucket;
using std::chrono::hours;

constexpr int kDied = 99;
constexpr Timestamp kDay = 24 * 3600 * 1000;

class SilentSink : public telemetry::LogSink {
 public:
  void write_line(std::string_view) noexcept override {}
};

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream content;
  content << in.rdbuf();
  return content.str();
}

struct RunOptions {
  fs::path bucket;
  fs::path data;
  Timestamp now = 0;
  hours raw_retention{24 * 30};
  std::function<void(const Call&)> before = [](const Call&) {};
};

struct RunResult {
  RunReport report;
  std::uint64_t calls = 0;
};

RunResult run(const RunOptions& options) {
  const ManualClock clock(options.now);
  objstore::FilesystemBucket directory(options.bucket, clock);
  FaultyBucket bucket(directory, [](const Call&) { return Fault::kNone; });
  bucket.set_before(options.before);
  fs::create_directories(options.data);
  telemetry::Registry registry;
  const Metrics metrics(registry, {});
  block::SnapshotReader reader(bucket,
                               {.cache_directory = options.data / "meta-syncer", .concurrency = 1});
  MemoryBudget memory(8 << 20);
  ThreadBudget threads(1);
  UlidSource ulids(clock);
  SilentSink sink;
  Progress progress;
  JobOptions job;
  job.spill_directory = options.data;
  job.plan.ranges = {7'200'000, 28'800'000};
  const Workshop shop{.bucket = bucket,
                      .clock = clock,
                      .ulids = ulids,
                      .memory = memory,
                      .threads = threads,
                      .metrics = metrics,
                      .log = telemetry::Logger(sink, clock),
                      .progress = progress,
                      .options = job};
  LoopOptions loop;
  loop.filters.consistency_delay = std::chrono::minutes(0);
  loop.filters.delete_delay = hours(48);
  loop.retention.raw = options.raw_retention;
  RunResult result;
  result.report = Loop(reader, shop, loop).run({});
  result.calls = bucket.calls();
  return result;
}

// The blocks that a reader sees: whole and not marked, with all of their bytes.
using Visible = std::multiset<std::tuple<Timestamp, Timestamp, int, std::string, std::string>>;

Visible visible(const fs::path& root, Timestamp now) {
  const ManualClock clock(now);
  objstore::FilesystemBucket bucket(root, clock);
  block::SnapshotReader reader(bucket, {.cache_directory = {}, .concurrency = 1});
  const auto snapshot = reader.read({}, clock);
  block::FilterOptions filters;
  filters.consistency_delay = std::chrono::minutes(0);
  const block::BlockView view = block::apply_filters(*snapshot, filters, now);
  Visible blocks;
  for (const auto& [id, meta] : view.loaded) {
    if (view.deletion_marks.contains(id)) {
      continue;
    }
    const fs::path block = root / id.to_string();
    std::string chunks;
    for (const auto& segment : snapshot->blocks.at(id).files.segments) {
      chunks += read(block / "chunks" / segment.name);
    }
    blocks.emplace(meta->range.min, meta->range.max, meta->compaction.level, read(block / "index"),
                   chunks);
  }
  return blocks;
}

std::size_t partial_blocks(const fs::path& root, Timestamp now) {
  const ManualClock clock(now);
  objstore::FilesystemBucket bucket(root, clock);
  block::SnapshotReader reader(bucket, {.cache_directory = {}, .concurrency = 1});
  std::size_t count = 0;
  for (const auto& [id, entry] : reader.read({}, clock)->blocks) {
    count += entry.state == block::BlockState::kNoMeta ? 1 : 0;
  }
  return count;
}

class CrashSweep : public ::testing::Test {
 protected:
  // One stream with something to merge, a duplicate, a block past its retention, one marked long
  // ago, an old aborted upload.
  void fill_for_merging() {
    const fs::path golden = fs::path(STRATA_TEST_DATA) / "golden" / "e2e" / "in";
    Timestamp newest = 0;
    for (const auto& entry : fs::directory_iterator(golden)) {
      std::string meta = read(entry.path() / "meta.json");
      const bool is_duplicate = entry.path().filename().string().starts_with("01M8Z");
      if (meta.find(kStream) == std::string::npos || is_duplicate) {
        continue;
      }
      fs::copy(entry.path(), origin_.path() / entry.path().filename(), fs::copy_options::recursive);
      const Timestamp end = std::stoll(meta.substr(meta.find("\"maxTime\": ") + 11));
      newest = std::max(newest, end);
      if (first_.empty() || end < first_end_) {
        first_ = entry.path().filename().string();
        first_end_ = end;
      }
    }
    now_ = newest + 3 * kDay;
    copy_block("01AAAAAAAAAAAAAAAAAAAAAAA1", 0);          // a duplicate: same sources, same range
    copy_block("01AAAAAAAAAAAAAAAAAAAAAAA2", 60 * kDay);  // past its retention
    copy_block("01AAAAAAAAAAAAAAAAAAAAAAA3", 90 * kDay);
    write("01AAAAAAAAAAAAAAAAAAAAAAA3/deletion-mark.json",
          R"({"id":"01AAAAAAAAAAAAAAAAAAAAAAA3","version":1,"deletion_time":1000})");
    write("01AAAAAAAAAAAAAAAAAAAAAAA4/index", "aborted");
    aborted_ = "01AAAAAAAAAAAAAAAAAAAAAAA4";
  }

  void copy_origin(const fs::path& bucket) {
    fs::copy(origin_.path(), bucket, fs::copy_options::recursive);
    if (!aborted_.empty()) {
      fs::last_write_time(bucket / aborted_ / "index",
                          fs::file_time_type::clock::now() - hours(24 * 365 * 5));
    }
  }

  // One block that is to be downsampled twice.
  void fill_for_downsampling(const TimeRange& range) {
    now_ = range.max + 10 * kDay;
    const ManualClock clock(now_);
    objstore::FilesystemBucket bucket(origin_.path(), clock);
    std::vector<std::vector<Timestamp>> chunks;
    for (Timestamp at = range.min; at < range.max; at += kDay) {
      chunks.push_back({at, at + kDay / 3, at + kDay / 2});
    }
    testing::put_block(
        bucket, {.id = 5, .min = range.min, .max = range.max, .labels = {{"cluster", "eu1"}}},
        {{"a", chunks}, {"b", {{range.min + 1}}}});
  }

  void write(const std::string& name, const std::string& content) {
    fs::create_directories((origin_.path() / name).parent_path());
    std::ofstream(origin_.path() / name, std::ios::binary) << content;
  }

  // The first block under another name, moved back in time by its meta alone.
  void copy_block(const std::string& id, Timestamp earlier) {
    fs::copy(origin_.path() / first_, origin_.path() / id, fs::copy_options::recursive);
    std::string meta = read(origin_.path() / first_ / "meta.json");
    const auto replace = [&meta](const std::string& from, const std::string& to) {
      const auto at = meta.find(from);
      ASSERT_NE(at, std::string::npos) << from;
      meta.replace(at, from.size(), to);
    };
    replace("\"ulid\": \"" + first_, "\"ulid\": \"" + id);
    if (earlier != 0) {
      for (const std::string key : {"\"minTime\": ", "\"maxTime\": "}) {
        const auto at = meta.find(key) + key.size();
        const auto end = meta.find_first_not_of("0123456789", at);
        const Timestamp value = std::stoll(meta.substr(at, end - at));
        meta.replace(at, end - at, std::to_string(value - earlier));
      }
      const auto at = meta.find(first_, meta.find("sources"));
      ASSERT_NE(at, std::string::npos);
      meta.replace(at, first_.size(), id);
    }
    write(id + "/meta.json", meta);
  }

  static constexpr const char* kStream = "\"cluster\": \"eu1\"";

  RunOptions options_in(const fs::path& scratch) const {
    return {.bucket = scratch / "bucket",
            .data = scratch / "data",
            .now = now_,
            .raw_retention = raw_retention_};
  }

  RunReport run_undisturbed();
  // Lets the process die at every call of such a run, one after the other.
  void sweep();

  objstore::testing::TemporaryDirectory origin_;
  objstore::testing::TemporaryDirectory undisturbed_;
  hours raw_retention_{24 * 30};
  std::uint64_t calls_ = 0;
  std::string aborted_;  // the block of which an upload was begun long ago
  std::string first_;
  Timestamp first_end_ = 0;
  Timestamp now_ = 0;
};

// Runs in a process of its own, which ends at call `n` as if the machine had lost power.
int run_and_die(const RunOptions& options, std::uint64_t n) {
  const pid_t child = fork();
  if (child == 0) {
    RunOptions dying = options;
    dying.before = [n](const Call& call) {
      if (call.number == n) {
        _exit(kDied);
      }
    };
    try {
      run(dying);
      _exit(0);
    } catch (...) {
      _exit(1);
    }
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

RunReport CrashSweep::run_undisturbed() {
  copy_origin(undisturbed_.path() / "bucket");
  RunResult whole = run(options_in(undisturbed_.path()));
  calls_ = whole.calls;
  return std::move(whole.report);
}

void CrashSweep::sweep() {
  const Visible want = visible(undisturbed_.path() / "bucket", now_);
  ASSERT_FALSE(want.empty());
  for (std::uint64_t n = 0; n < calls_; ++n) {
    SCOPED_TRACE("died at call " + std::to_string(n) + " of " + std::to_string(calls_));
    objstore::testing::TemporaryDirectory scratch;
    const RunOptions options = options_in(scratch.path());
    copy_origin(options.bucket);
    ASSERT_EQ(run_and_die(options, n), kDied);
    const RunResult again = run(options);
    EXPECT_TRUE(again.report.is_clean());
    EXPECT_EQ(visible(options.bucket, now_), want);
    // Days later, cleaning has taken whatever the dead process left half-done.
    RunOptions later = options;
    later.now = std::chrono::duration_cast<std::chrono::milliseconds>(
                    std::chrono::system_clock::now().time_since_epoch())
                    .count() +
                3 * kDay;
    if (partial_blocks(options.bucket, now_) > 0) {
      run(later);
      EXPECT_EQ(partial_blocks(options.bucket, later.now), 0U);
    }
  }
}

TEST_F(CrashSweep, ARunAfterAnyDeathEndsInTheSameBucket) {
  fill_for_merging();
  const RunReport whole = run_undisturbed();
  ASSERT_TRUE(whole.is_clean());
  ASSERT_GE(whole.jobs.size(), 1U);
  ASSERT_EQ(whole.purged, 1U);
  ASSERT_EQ(whole.garbage, 1U);
  ASSERT_EQ(whole.expired, 1U);
  ASSERT_EQ(whole.aborted_uploads, 1U);
  sweep();
}

TEST_F(CrashSweep, NoDeathLosesARawBlockBeforeItIsDownsampled) {
  raw_retention_ = hours(24 * 2);
  fill_for_downsampling({1'700'000'000'000, 1'700'000'000'000 + 14 * kDay});
  const RunReport whole = run_undisturbed();
  ASSERT_TRUE(whole.is_clean());
  ASSERT_EQ(whole.jobs.size(), 2U);
  ASSERT_EQ(whole.jobs[0].outcome, JobOutcome::kDownsampled);
  ASSERT_EQ(whole.expired, 1U);
  sweep();
}

}  // namespace
}  // namespace strata::compact
