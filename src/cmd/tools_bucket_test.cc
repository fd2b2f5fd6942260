#include "cmd/tools_bucket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>

#include "base/error.h"
#include "block/meta.h"
#include "cmd/program.h"
#include "objstore/testing/temporary_directory.h"
#include "telemetry/log.h"

namespace strata::cmd {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kFirst = "01HF7YAT00000000000000000A";
constexpr const char* kSecond = "01HF7YAT00000000000000000B";

class LogText : public telemetry::LogSink {
 public:
  void write_line(std::string_view line) noexcept override { text += line; }
  std::string text;
};

struct Outcome {
  int status = 0;
  std::string out;
  std::string err;
  std::string log;
};

class ToolsBucket : public ::testing::Test {
 protected:
  ToolsBucket() {
    add_block(kFirst, {.min = 1'600'000'000'000, .max = 1'600'007'200'000}, block::kRaw, "eu");
    add_block(kSecond, {.min = 1'600'007'200'000, .max = 1'600'014'400'000}, block::k5m, "us");
  }
  void add_block(const char* id, TimeRange range, block::Resolution resolution,
                 const std::string& cluster) {
    block::Meta meta;
    meta.ulid = *Ulid::parse(id);
    meta.range = range;
    meta.compaction.level = 1;
    meta.compaction.sources = {meta.ulid};
    meta.thanos.version = 1;
    meta.thanos.labels = {{"cluster", cluster}};
    meta.thanos.resolution = resolution;
    meta.thanos.source = "compactor";
    write(std::string(id) + "/meta.json", block::format_meta(meta));
    write(std::string(id) + "/index", "x");
  }
  void write(const std::string& name, const std::string& content) {
    fs::create_directories((root() / name).parent_path());
    std::ofstream(root() / name) << content;
  }
  std::string read(const std::string& name) const {
    std::ifstream in(root() / name);
    std::ostringstream content;
    content << in.rdbuf();
    return content.str();
  }
  const fs::path& root() const { return directory_.path(); }

  Outcome run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"tools", "bucket"});
    arguments.push_back("--objstore.config=type: FILESYSTEM\nconfig: {directory: \"" +
                        root().string() + "\"}");
    return run_as_given(arguments);
  }
  static Outcome run_as_given(const std::vector<std::string>& arguments) {
    std::ostringstream out;
    std::ostringstream err;
    LogText log;
    Environment environment{.out = out, .err = err, .log = log, .stop = {}};
    const int status = run_program(arguments, environment);
    return {status, out.str(), err.str(), log.text};
  }

  objstore::testing::TemporaryDirectory directory_;
};

TEST_F(ToolsBucket, LsPrintsWhatIsAskedFor) {
  const std::string first = std::string(kFirst) + "\n";
  const std::string second = std::string(kSecond) + "\n";
  struct Case {
    std::vector<std::string> arguments;
    std::string want;
  };
  const Case cases[] = {
      {{"ls"}, first + second},
      {{"ls", "-o", "plain"}, first + second},
      {{"ls", "--output=json"},
       read(std::string(kFirst) + "/meta.json") + read(std::string(kSecond) + "/meta.json")},
      {{"ls", "--max-time=2020-09-13T12:26:40Z"}, first},
      {{"ls", "--min-time=2020-09-13T14:26:40.001Z"}, second},
      {{"ls", "--max-time=-100000d"}, ""},
      {{"ls", "--selector.relabel-config=- {action: drop, source_labels: [cluster], regex: eu}"},
       second}};
  for (const Case& test : cases) {
    SCOPED_TRACE(::testing::PrintToString(test.arguments));
    const Outcome outcome = run(test.arguments);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(outcome.out, test.want);
    EXPECT_THAT(outcome.log, HasSubstr("ls done"));
  }
  EXPECT_THAT(run({"ls", "-o", "wide"}).out, StartsWith(std::string(kFirst) + " -- 2020-09-13T"));
  EXPECT_THAT(run({"ls", "-o", "tsv"}).out, StartsWith("ULID\tFROM\t"));
}

TEST_F(ToolsBucket, InspectSelectsSortsAndFormats) {
  EXPECT_THAT(run({"inspect"}).out, StartsWith("|            ULID            |"));
  const Outcome csv = run({"inspect", "--output=csv", "-l", "cluster=\"us\""});
  EXPECT_EQ(csv.status, 0) << csv.err;
  EXPECT_THAT(csv.out, HasSubstr(kSecond));
  EXPECT_THAT(csv.out, ::testing::Not(HasSubstr(kFirst)));
  const std::string sorted =
      run({"inspect", "--output=tsv", "--sort-by=RESOLUTION", "--sort-by", "FROM"}).out;
  EXPECT_LT(sorted.find(kFirst), sorted.find(kSecond));
}

TEST_F(ToolsBucket, MarkPutsAndRemovesMarks) {
  const std::string object = std::string(kFirst) + "/no-compact-mark.json";
  Outcome outcome = run({"mark", "--id", kFirst, "--marker=no-compact-mark.json", "--details=why"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(read(object), HasSubstr("\"details\":\"why\",\"no_compact_time\":"));
  EXPECT_THAT(read(object), HasSubstr("\"reason\":\"manual\""));
  EXPECT_THAT(outcome.log, HasSubstr("marking done"));
  outcome = run({"mark", "--id", kFirst, "--marker=no-compact-mark.json", "--details=other"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.log, HasSubstr("was marked already"));
  outcome =
      run({"mark", "--id", kFirst, "--id", kSecond, "--marker=no-compact-mark.json", "--remove"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_FALSE(fs::exists(root() / object));
  EXPECT_THAT(outcome.log, HasSubstr("no such mark"));
}

TEST_F(ToolsBucket, RetentionMarksByResolution) {
  Outcome outcome = run({"retention"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_FALSE(fs::exists(root() / kFirst / "deletion-mark.json"));
  outcome = run({"retention", "--retention.resolution-raw=30d"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(read(std::string(kFirst) + "/deletion-mark.json"),
              HasSubstr("block exceeding retention of 720h0m0s"));
  EXPECT_FALSE(fs::exists(root() / kSecond / "deletion-mark.json"));
  EXPECT_EQ(run({"ls", "--exclude-delete"}).out.find(kSecond), 0U);
}

TEST_F(ToolsBucket, CleanupRemovesWhatWasMarkedLongAgo) {
  write(std::string(kFirst) + "/deletion-mark.json",
        R"({"id":"01HF7YAT00000000000000000A","version":1,"deletion_time":1600000000})");
  const Outcome outcome = run({"cleanup"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_FALSE(fs::exists(root() / kFirst));
  EXPECT_TRUE(fs::exists(root() / kSecond));
}

TEST_F(ToolsBucket, RefusesInOneLineAndWithAStatus) {
  const std::string missing = "01HF7YAT00000000000000000C";
  struct Case {
    std::vector<std::string> arguments;
    int status;
    const char* says;
  };
  const Case cases[] = {
      {{}, 1, "expected a command"},
      {{"ls", "-o", "{{.ULID}}"}, 1, "custom templates are not supported"},
      {{"ls", "--timeout=soon"}, 2, "--timeout: \"soon\" is not a duration"},
      {{"inspect", "--sort-by=SIZE"}, 2, "--sort-by: \"SIZE\" is not one of \"ULID\""},
      {{"inspect", "--output=xml"}, 2, "--output: \"xml\" is not one of"},
      {{"inspect", "-l", "cluster=eu"}, 1, "must be quoted"},
      {{"mark", "--marker=deletion-mark.json", "--details=x"}, 1, "flag --id not provided"},
      {{"mark", "--id", kFirst, "--details=x"}, 1, "flag --marker not provided"},
      {{"mark", "--id", kFirst, "--marker=deletion-mark.json"}, 1, "flag --details not provided"},
      {{"mark", "--id=x", "--marker=deletion-mark.json", "--details=x"}, 1, "not a valid ULID"},
      {{"mark", "--id", kFirst, "--marker=meta.json", "--details=x"}, 2, "--marker: \"meta.json\""},
      {{"mark", "--id", missing, "--marker=deletion-mark.json", "--details=x"},
       1,
       "01HF7YAT00000000000000000C"},
      {{"retention", "--retention.resolution-raw=1.5d"}, 2, "--retention.resolution-raw"},
      {{"cleanup", "--block-sync-concurrency=0"}, 1, "is not within 1 to 1000"},
      {{"cleanup", "--selector.relabel-config=x"}, 1, "--selector.relabel-config"}};
  for (const Case& test : cases) {
    SCOPED_TRACE(::testing::PrintToString(test.arguments));
    const Outcome outcome = run(test.arguments);
    EXPECT_EQ(outcome.status, test.status);
    EXPECT_THAT(outcome.err, HasSubstr(test.says));
    EXPECT_EQ(std::ranges::count(outcome.err, '\n'), 1);
    EXPECT_EQ(outcome.out, "");
  }
  const Outcome outcome = run_as_given({"tools", "bucket", "ls"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.err, HasSubstr("bucket with type  is not supported"));
}

TEST_F(ToolsBucket, TheConfigurationMayStandBeforeTheCommand) {
  const std::string config =
      "--objstore.config={type: FILESYSTEM, config: {directory: \"" + root().string() + "\"}}";
  EXPECT_THAT(run_as_given({"tools", "bucket", config, "ls"}).out, StartsWith(kFirst));
}

TEST(RunWithTimeout, EndsWhatTakesTooLong) {
  const auto wait = [](std::stop_token stop) {
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    stopped.wait(lock, stop, [] { return false; });
    throw Error(ErrorKind::kCancelled, "stopped");
  };
  try {
    run_with_timeout({}, std::chrono::milliseconds(1), wait);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kTransient);
    EXPECT_THAT(error.what(), HasSubstr("--timeout=1ms"));
  }
  std::stop_source source;
  source.request_stop();
  try {
    run_with_timeout(source.get_token(), std::chrono::hours(1), wait);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kCancelled);
  }
}

}  // namespace
}  // namespace strata::cmd
