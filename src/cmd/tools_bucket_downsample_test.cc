#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "block/marks.h"
#include "cmd/program.h"
#include "compact/testing/block_in_bucket.h"
#include "objstore/filesystem.h"
#include "objstore/testing/temporary_directory.h"
#include "telemetry/log.h"

namespace strata::cmd {
namespace {

using compact::testing::id_of;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr Timestamp kHour = 3'600'000;
constexpr Timestamp kStart = 1'693'440'000'000;

// Calls back for every line that holds a word.
class WatchedLog : public telemetry::LogSink {
 public:
  void write_line(std::string_view line) noexcept override {
    text += line;
    if (line.find(word) != std::string_view::npos && seen) {
      seen();
    }
  }
  std::string text;
  std::string word = "downsampling done";
  std::function<void()> seen;
};

struct Outcome {
  int status = 0;
  std::string out;
  std::string err;
};

class ToolsBucketDownsample : public ::testing::Test {
 protected:
  ToolsBucketDownsample() {
    for (std::uint64_t id = 1; id <= 3; ++id) {
      add_block(id, 48 * kHour);
    }
  }

  // A stream of its own.
  void add_block(std::uint64_t id, Timestamp length) {
    std::vector<Timestamp> times;
    for (Timestamp at = kStart; at < kStart + length; at += kHour) {
      times.push_back(at);
    }
    compact::testing::put_block(bucket_,
                                {.id = id,
                                 .min = kStart,
                                 .max = kStart + length,
                                 .labels = {{"stream", std::to_string(id)}}},
                                {{"a", {times}}});
  }

  void mark(block::MarkKind kind, std::uint64_t id) {
    block::put_mark({}, bucket_,
                    {.kind = kind,
                     .block = id_of(id),
                     .details = {},
                     .time_s = clock_.now_s(),
                     .reason = kind == block::MarkKind::kDeletion ? "" : "manual"});
  }

  Outcome run(std::vector<std::string> more) {
    std::ostringstream out;
    std::ostringstream err;
    Environment environment{.out = out, .err = err, .log = log_, .stop = stop_.get_token()};
    std::vector<std::string> arguments = {
        "tools", "bucket", "downsample", "--data-dir=" + (directory_.path() / "data").string(),
        "--objstore.config={type: FILESYSTEM, config: {directory: \"" + root().string() + "\"}}"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const int status = run_program(arguments, environment);
    return {status, out.str(), err.str()};
  }

  std::vector<block::Meta> downsampled() {
    std::vector<block::Meta> metas;
    for (const Ulid& id : compact::testing::blocks_of(bucket_, false)) {
      if (block::Meta meta = compact::testing::read_meta(bucket_, id);
          meta.thanos.resolution != block::kRaw) {
        metas.push_back(std::move(meta));
      }
    }
    return metas;
  }

  std::filesystem::path root() const { return directory_.path() / "bucket"; }

  const objstore::testing::TemporaryDirectory directory_;
  const SystemClock clock_;
  objstore::FilesystemBucket bucket_{root(), clock_};
  WatchedLog log_;
  std::stop_source stop_;
};

TEST_F(ToolsBucketDownsample, MakesWhatIsDueAndPrintsIt) {
  add_block(4, 15 * 24 * kHour);
  const Outcome outcome = run({"--wait-interval=0s", "--hash-func=SHA256"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("(5m)"));
  EXPECT_THAT(outcome.out, HasSubstr("(1h)"));
  EXPECT_THAT(outcome.out, HasSubstr("all 5 jobs"));
  ASSERT_THAT(downsampled(), SizeIs(5));
  for (const block::Meta& meta : downsampled()) {
    EXPECT_EQ(meta.thanos.files.front().hash_function, "SHA256");
  }
  EXPECT_THAT(run({"--wait-interval=0s"}).out, "");
  EXPECT_THAT(downsampled(), SizeIs(5));
}

TEST_F(ToolsBucketDownsample, LeavesMarkedBlocksAlone) {
  mark(block::MarkKind::kNoDownsample, 1);
  mark(block::MarkKind::kDeletion, 2);
  EXPECT_EQ(run({"--wait-interval=0s"}).status, 0);
  ASSERT_THAT(downsampled(), SizeIs(1));
  EXPECT_EQ(downsampled()[0].labels().at("stream"), "3");
}

TEST_F(ToolsBucketDownsample, WorksOnTheBlocksThatTheSelectorKeeps) {
  run({"--wait-interval=0s",
       "--selector.relabel-config=[{action: keep, source_labels: [stream], regex: \"2\"}]"});
  ASSERT_THAT(downsampled(), SizeIs(1));
  EXPECT_EQ(downsampled()[0].labels().at("stream"), "2");
}

TEST_F(ToolsBucketDownsample, NamesABlockThatCannotBeDownsampledAndMakesTheOthers) {
  std::ofstream(root() / id_of(2).to_string() / "index") << "this is no index";
  const Outcome outcome = run({"--wait-interval=0s"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.err, HasSubstr("block " + id_of(2).to_string() + " was set aside"));
  EXPECT_THAT(downsampled(), SizeIs(2));
}

TEST_F(ToolsBucketDownsample, LooksAgainAfterTheInterval) {
  int runs = 0;
  log_.seen = [&] {
    if (++runs == 1) {
      add_block(9, 48 * kHour);
    } else {
      stop_.request_stop();
    }
  };
  EXPECT_EQ(run({"--wait-interval=1ms"}).status, 0);
  EXPECT_EQ(runs, 2);
  EXPECT_THAT(downsampled(), SizeIs(4));
}

TEST_F(ToolsBucketDownsample, StaysWhenABlockFails) {
  std::ofstream(root() / id_of(2).to_string() / "index") << "this is no index";
  int runs = 0;
  log_.seen = [&] {
    if (++runs == 2) {
      stop_.request_stop();
    }
  };
  EXPECT_EQ(run({"--wait-interval=1ms"}).status, 0);
  EXPECT_EQ(runs, 2);
}

TEST_F(ToolsBucketDownsample, RefusesFlagsThatMakeNoSense) {
  struct Case {
    const char* flag;
    int status;
  };
  const Case cases[] = {{"--downsample.concurrency=0", 1},
                        {"--block-files-concurrency=0", 1},
                        {"--downsample.threads=-1", 1},
                        {"--wait-interval=-1s", 1},
                        {"--hash-func=MD5", 2}};
  for (const Case& c : cases) {
    EXPECT_EQ(run({c.flag}).status, c.status) << c.flag;
  }
  EXPECT_THAT(downsampled(), SizeIs(0));
}

}  // namespace
}  // namespace strata::cmd
