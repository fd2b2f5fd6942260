#include "cmd/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/error.h"
#include "cmd/arguments.h"
#include "cmd/compact_flags.h"
#include "objstore/testing/temporary_directory.h"
#include "telemetry/log.h"

namespace strata::cmd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class NoLog : public telemetry::LogSink {
 public:
  void write_line(std::string_view) noexcept override {}
};

struct Outcome {
  int status = 0;
  std::string out;
  std::string err;
};

Outcome run(const std::vector<std::string>& arguments) {
  std::ostringstream out;
  std::ostringstream err;
  NoLog log;
  Environment environment{.out = out, .err = err, .log = log, .stop = {}};
  const int status = run_program(arguments, environment);
  return {status, out.str(), err.str()};
}

TEST(Program, RefusesWhatItCannotFollowWithOneLineAndAStatus) {
  struct Case {
    std::vector<std::string> arguments;
    int status;
    const char* says;
  };
  const Case cases[] = {
      {{}, 1, "expected a command"},
      {{"nope"}, 1, "expected a command, not \"nope\""},
      {{"compact", "more"}, 1, "unexpected \"more\""},
      {{"compact", "--", "--wait"}, 1, "unexpected \"--wait\""},
      {{"compact", "--foo"}, 1, "unknown flag --foo"},
      {{"compact", "--no-data-dir"}, 1, "unknown flag --no-data-dir"},
      {{"compact", "-x"}, 1, "unknown flag -x"},
      {{"compact", "--wait=true"}, 1, "unexpected \"true\""},
      {{"compact", "--data-dir"}, 1, "expected a value for --data-dir"},
      {{"compact", "--min-time", "-1d"}, 1, "expected a value for --min-time"},
      {{"compact", "--min-time="}, 2, "--min-time: \"\" is not a time"},
      {{"compact", "--delete-delay=1.5h"},
       2,
       "--delete-delay: \"1.5h\" is not a Prometheus duration"},
      {{"compact", "--consistency-delay=1"}, 2, "--consistency-delay: \"1\" is not a duration"},
      {{"compact", "--compact.concurrency=two"},
       2,
       "--compact.concurrency: \"two\" is not a whole number"},
      {{"compact", "--compact.block-max-index-size=1kB"}, 2, "\"1kB\" is not a size"},
      {{"compact", "--hash-func=MD5"}, 2, "--hash-func: \"MD5\" is not one of"},
      {{"compact", "--deduplication.func=majority"},
       2,
       "--deduplication.func: \"majority\" is not one of"},
      {{"compact", "--log.level=trace"}, 2, "--log.level: \"trace\" is not one of"},
      {{"compact", "--auto-gomemlimit.ratio=much"},
       2,
       "--auto-gomemlimit.ratio: \"much\" is not a number"},
      {{"compact", "--data-dir=a", "--data-dir=b"}, 2, "--data-dir cannot be repeated"},
      {{"compact", "--wait", "--no-wait"}, 2, "--wait cannot be repeated"},
      {{"compact", "--web.disable", "--web.disable"}, 2, "--web.disable cannot be repeated"},
      {{"compact", "--debug.now=today"}, 2, "--debug.now: \"today\" is neither"},
      {{"compact", "--debug.compaction-ranges=2h,1h"}, 2, "not all above 0 and ascending"},
      {{"compact", "--debug.compaction-ranges=1h,"}, 2, "\"\" is not a duration"},
      {{"compact", "--wait"}, 1, "--wait is not supported"},
      {{"compact", "-w"}, 1, "--wait is not supported"},
      {{"compact", "--log.format=journald"}, 1, "journald is not supported"},
      {{"compact", "--auto-gomemlimit.ratio=1.5"}, 1, "--auto-gomemlimit.ratio=1.5"},
      {{"compact", "--tracing.config=type: JAEGER"}, 1, "tracing is not supported"},
      {{"compact", "--tracing.config=a", "--tracing.config-file=b"},
       1,
       "both --tracing.config-file and --tracing.config"},
      {{"compact", "--tracing.config-file=/nonexistent/t.yml"}, 1, "/nonexistent/t.yml"},
      {{"compact", "--compact.concurrency=0"}, 1, "--compact.concurrency=0 must be above 0"},
      {{"compact", "--compact.blocks-fetch-concurrency=0"}, 1, "must not be 0"},
      {{"compact", "--block-meta-fetch-concurrency=-1"}, 1, "must be above 0"},
      {{"compact", "--block-discovery-strategy=guess"}, 1, "--block-discovery-strategy=guess"},
      {{"compact", "--debug.max-compaction-level=5"}, 1, "--debug.max-compaction-level=5"},
      {{"compact", "--retention.resolution-raw=39h"}, 1, "--retention.resolution-raw=1d15h"},
      {{"compact", "--retention.resolution-5m=9d"}, 1, "--retention.resolution-5m=9d"},
      {{"compact", "--deduplication.func=penalty"},
       1,
       "needs at least one --deduplication.replica-label"},
      {{"compact",
        "--objstore.config={type: FILESYSTEM, config: {directory: /nonexistent/bucket}}"},
       1,
       "the directory /nonexistent/bucket does not exist"},
      {{"compact", "@"}, 1, "\"@\" must be followed"},
      {{"compact", "@/nonexistent/arguments"}, 1, "/nonexistent/arguments"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(::testing::PrintToString(c.arguments));
    const Outcome outcome = run(c.arguments);
    EXPECT_EQ(outcome.status, c.status);
    EXPECT_THAT(outcome.err, HasSubstr(c.says));
    EXPECT_TRUE(outcome.err.starts_with("strata: "));
    EXPECT_EQ(std::ranges::count(outcome.err, '\n'), 1);
    EXPECT_EQ(outcome.out, "");
  }
}

TEST(Program, PrintsHelpAndVersion) {
  EXPECT_THAT(run({"--version"}).out, HasSubstr("strata, version "));
  const Outcome help = run({"compact", "--data-dir=x", "--help"});
  EXPECT_EQ(help.status, 0);
  EXPECT_THAT(help.out, HasSubstr("Usage: strata compact [OPTIONS]"));
  EXPECT_THAT(help.out, HasSubstr("--delete-delay"));
  EXPECT_THAT(help.out, ::testing::Not(HasSubstr("--debug.seed")));
  EXPECT_THAT(run({"--help-long"}).out, HasSubstr("--delete-delay"));
}

class CompactTest : public ::testing::Test {
 protected:
  CompactTest() {
    std::filesystem::copy(std::filesystem::path(STRATA_TEST_DATA) / "golden/h8/in", bucket(),
                          std::filesystem::copy_options::recursive);
  }

  std::filesystem::path bucket() const { return directory_.path() / "bucket"; }
  std::filesystem::path data() const { return directory_.path() / "data"; }

  Outcome compact(std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {
        "compact", "--data-dir=" + data().string(), "--consistency-delay=0s",
        "--objstore.config={type: FILESYSTEM, config: {directory: \"" + bucket().string() + "\"}}"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }

  // The same block once more, under another ULID.
  void copy_block(const std::string& from, const std::string& to) {
    std::filesystem::copy(bucket() / from, bucket() / to, std::filesystem::copy_options::recursive);
    std::ifstream in(bucket() / from / "meta.json");
    std::string text(std::istreambuf_iterator<char>(in), {});
    for (std::size_t at = 0; (at = text.find(from)) != std::string::npos;) {
      text.replace(at, from.size(), to);
    }
    std::ofstream(bucket() / to / "meta.json") << text;
  }

  const objstore::testing::TemporaryDirectory directory_;
};

TEST_F(CompactTest, PrintsATableOfWhatWasDoneAndClearsItsWorkingFolder) {
  std::filesystem::create_directories(data() / "compact" / "0@1" / "left-by-the-reference");
  std::filesystem::create_directories(data() / "downsample" / "left-by-the-reference");
  const Outcome outcome = compact({"--debug.seed=5"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("GROUP"));
  EXPECT_THAT(outcome.out, HasSubstr("768000"));
  EXPECT_THAT(outcome.out, HasSubstr("1 merged"));
  EXPECT_FALSE(std::filesystem::exists(data() / "compact"));
  EXPECT_FALSE(std::filesystem::exists(data() / "downsample"));
  EXPECT_TRUE(std::filesystem::exists(data() / "meta-syncer"));
}

TEST_F(CompactTest, EndsWithStatus1AndTheNamesOfBlocksThatOverlap) {
  const std::string original = "01M8181T0V0QGZ7DPA1252D9ZC";
  const std::string copy = "01M8181T0V0QGZ7DPA12000000";
  copy_block(original, copy);
  const Outcome outcome = compact();
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.err, HasSubstr("was set aside (overlap)"));
  EXPECT_THAT(outcome.err, HasSubstr(original));
  EXPECT_THAT(outcome.err, HasSubstr(copy));
  EXPECT_EQ(std::ranges::count(outcome.err, '\n'), 1);
}

TEST(Arguments, ComeFromFilesLineByLine) {
  const objstore::testing::TemporaryDirectory directory;
  const std::string outer = directory.path() / "outer";
  const std::string inner = directory.path() / "inner";
  std::ofstream(outer) << "# a comment\n--a=1\r\n\n   \n --b\n@" << inner << "\nlast";
  std::ofstream(inner) << "x y\n--\n";
  const std::vector<std::string> given = {"first", "@" + outer, "@not-a-file"};
  EXPECT_THAT(expand_argument_files(given),
              ElementsAre("first", "--a=1", " --b", "x y", "--", "last", "@not-a-file"));
}

TEST(Arguments, EndWhereAFileNamesItself) {
  const objstore::testing::TemporaryDirectory directory;
  const std::string path = directory.path() / "loop";
  std::ofstream(path) << "@" << path << "\n";
  const std::vector<std::string> given = {"@" + path};
  EXPECT_THROW(expand_argument_files(given), Error);
}

// Parses into flags without running anything.
CompactFlags parse(std::vector<std::string> arguments, std::vector<std::string>* given = nullptr) {
  CompactFlags flags;
  std::ostringstream out;
  std::ostringstream err;
  NoLog log;
  Environment environment{.out = out, .err = err, .log = log, .stop = {}};
  arguments.insert(arguments.begin(), "compact");
  const auto add = [&](Command& root) {
    Command command = root.add_command("compact", "");
    add_compact_flags(command, flags);
    command.set_body([&, command](Environment&) {
      if (given != nullptr) {
        *given = command.given_flags();
      }
      return 0;
    });
  };
  EXPECT_EQ(run_command_line(arguments, add, environment), 0) << err.str();
  return flags;
}

TEST(CompactFlags, HaveTheReferencesDefaults) {
  using namespace std::chrono_literals;
  const CompactFlags flags = parse({});
  EXPECT_EQ(flags.http_address, "0.0.0.0:10902");
  EXPECT_EQ(flags.http_grace_period, 2min);
  EXPECT_EQ(flags.data_dir, "./data");
  EXPECT_EQ(flags.consistency_delay, 30min);
  EXPECT_EQ(flags.retention_raw, 0s);
  EXPECT_EQ(flags.wait_interval, 5min);
  EXPECT_EQ(flags.block_discovery_strategy, "concurrent");
  EXPECT_EQ(flags.meta_fetch_concurrency, 32);
  EXPECT_EQ(flags.block_files_concurrency, 1);
  EXPECT_EQ(flags.viewer_sync_interval, 1min);
  EXPECT_EQ(flags.viewer_sync_timeout, 5min);
  EXPECT_EQ(flags.cleanup_interval, 5min);
  EXPECT_EQ(flags.progress_interval, 5min);
  EXPECT_EQ(flags.compact_concurrency, 1);
  EXPECT_EQ(flags.blocks_fetch_concurrency, 1);
  EXPECT_EQ(flags.downsample_concurrency, 1);
  EXPECT_EQ(flags.delete_delay, 48h);
  EXPECT_EQ(flags.max_index_size, 68719476736U);
  EXPECT_EQ(flags.deduplication_function, "");
  EXPECT_EQ(flags.hash_function, "");
  EXPECT_EQ(flags.max_level, 4);
  EXPECT_TRUE(flags.halt_on_error);
  EXPECT_FALSE(flags.wait || flags.disable_downsampling || flags.vertical ||
               flags.skip_out_of_order_chunks || flags.disable_web || flags.web_disable_cors ||
               flags.disable_admin || flags.accept_malformed_index);
  const ManualClock clock(0);
  EXPECT_EQ(flags.min_time.resolve(clock), -62167219200000);
  EXPECT_EQ(flags.max_time.resolve(clock), 253402300799000);
  EXPECT_EQ(flags.threads, 0);
  EXPECT_EQ(flags.memory_budget, std::nullopt);
}

TEST(CompactFlags, TakeValuesInEveryForm) {
  const CompactFlags flags =
      parse({"--data-dir", "d", "--objstore.config=[a, {b: c}]",
             "--hash-func=", "--no-debug.halt-on-error", "--deduplication.replica-label=a,b",
             "--deduplication.replica-label", "c", "--min-time=-2h", "--compact.concurrency=0x10",
             "--web.external-prefix=@x", "--debug.compaction-ranges=5m,1h",
             "--debug.now=1970-01-01T00:00:01Z", "--debug.seed=7", "--memory-budget=1.5MiB"});
  EXPECT_EQ(flags.data_dir, "d");
  EXPECT_EQ(flags.objstore.content, "[a, {b: c}]");
  EXPECT_FALSE(flags.halt_on_error);
  EXPECT_THAT(flags.replica_labels, ElementsAre("a,b", "c"));
  EXPECT_EQ(flags.min_time.resolve(ManualClock(0)), -7'200'000);
  EXPECT_EQ(flags.compact_concurrency, 16);
  EXPECT_EQ(flags.web_external_prefix, "@x");
  EXPECT_THAT(flags.debug_ranges, ElementsAre(300'000, 3'600'000));
  EXPECT_EQ(flags.debug_now, 1000);
  EXPECT_EQ(flags.debug_seed, 7U);
  EXPECT_EQ(flags.memory_budget, 1'572'864U);
}

TEST(CompactFlags, KnowWhichOnesNeedTheHttpServer) {
  std::vector<std::string> given;
  parse({"--http-address=:1", "--data-dir=d", "--no-web.disable"}, &given);
  EXPECT_THAT(given, ElementsAre("data-dir", "http-address", "no-web.disable"));
  EXPECT_THAT(http_flags(given), ElementsAre("http-address", "no-web.disable"));
}

}  // namespace
}  // namespace strata::cmd
