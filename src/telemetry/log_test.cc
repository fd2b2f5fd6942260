#include "telemetry/log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <limits>
#include <set>
#include <thread>

#include "base/file.h"
#include "telemetry/testing/captured_log.h"

namespace strata::telemetry {
namespace {

// The line without "ts=… caller=…", which have tests of their own.
std::string tail(const CapturedLog& log) {
  const std::string line = log.sink.lines().back();
  return line.substr(line.find("level="));
}

TEST(Log, WritesTimeCallerLevelMessageAndFieldsInThisOrder) {
  CapturedLog log;
  log.clock.set(1'704'067'200'120);
  const unsigned line = __LINE__ + 1;
  log.logger.info("compacted", {{"group", "0@1"}, {"duration_s", 1.5}});
  EXPECT_EQ(log.sink.lines().at(0),
            "ts=2024-01-01T00:00:00.12Z caller=log_test.cc:" + std::to_string(line) +
                " level=info msg=compacted group=0@1 duration_s=1.5");
}

TEST(Log, QuotesValuesAsGoKitDoes) {
  struct Case {
    LogValue value;
    std::string want;
  };
  const Case cases[] = {
      {"plain", "plain"},
      {"", ""},
      {"two words", R"("two words")"},
      {"a=b", R"("a=b")"},
      {R"(say "hi")", R"("say \"hi\"")"},
      {R"(C:\dir)", R"(C:\dir)"},
      {R"(C:\my dir)", R"("C:\\my dir")"},
      {"a\nb\tc\rd\x01", R"("a\nb\tc\rd\u0001")"},
      {"null", R"("null")"},
      {"é", "é"},
      {"\x7f", "\x7f"},
      {"bad \xff end", R"("bad \ufffd end")"},
      {"\xc0\xaf", R"("\ufffd\ufffd")"},
      {"\xed\xa0\x80", R"("\ufffd\ufffd\ufffd")"},
      {"cut \xe2\x82", R"("cut \ufffd\ufffd")"},
      {"\xef\xbf\xbd", R"("\ufffd")"},
      {"{a=\"b\"}", R"("{a=\"b\"}")"},
      {7, "7"},
      {std::uint64_t{18446744073709551615U}, "18446744073709551615"},
      {-3L, "-3"},
      {true, "true"},
      {1e6, "1e+06"},
      {123456.5, "123456.5"},
      {1e-5, "1e-05"},
      {std::numeric_limits<double>::infinity(), "+Inf"},
      {std::numeric_limits<double>::quiet_NaN(), "NaN"},
      {std::chrono::hours(48), "48h0m0s"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.want);
    CapturedLog log;
    log.logger.info("m", {{"k", c.value}});
    EXPECT_EQ(tail(log), "level=info msg=m k=" + c.want);
  }
}

TEST(Log, DropsWhatKeysMayNotHold) {
  CapturedLog log;
  log.logger.info("m", {{"a b=\"c", 1}, {" ", 2}, {"\xff", 3}});
  EXPECT_EQ(tail(log), "level=info msg=m abc=1");
}

TEST(Log, WritesJsonWithSortedKeys) {
  CapturingSink sink;
  const ManualClock clock(0);
  const Logger logger(sink, clock, {.format = LogFormat::kJson, .name = "n"});
  const unsigned line = __LINE__ + 1;
  logger.warn("a\"\\\b\f\n\x01<>&\u2028\xff\ufffd",
              {{"z", 1e21}, {"a", 1e-7}, {"m", false}, {"a", 2.5e-7}, {"n1", 100000.0}});
  EXPECT_EQ(sink.lines().at(0),
            R"({"a":2.5e-7,"caller":"log_test.cc:)" + std::to_string(line) +
                R"(","level":"warn","m":false,"msg":"a\"\\\b\f\n\u0001<>&\u2028\ufffd)"
                "\xef\xbf\xbd"
                R"(","n1":100000,"name":"n","ts":"1970-01-01T00:00:00Z","z":1e+21})");
}

TEST(Log, KeepsJsonLinesWithNumbersThatJsonLacks) {
  CapturingSink sink;
  const ManualClock clock(0);
  Logger(sink, clock, {.format = LogFormat::kJson})
      .info("m", {{"v", -std::numeric_limits<double>::infinity()}});
  EXPECT_NE(sink.lines().at(0).find(R"("v":"-Inf")"), std::string::npos);
}

TEST(Log, PutsTheNameAfterTheLevel) {
  CapturingSink sink;
  const ManualClock clock(0);
  Logger(sink, clock, {.name = "debug name"}).info("m");
  EXPECT_NE(sink.lines().at(0).find(R"(level=info name="debug name" msg=m)"), std::string::npos);
}

TEST(Log, LeavesOutLevelsBelowTheWantedOne) {
  for (const auto& [level, lines] : {std::pair{LogLevel::kError, 1U},
                                     {LogLevel::kWarn, 2U},
                                     {LogLevel::kInfo, 3U},
                                     {LogLevel::kDebug, 4U}}) {
    CapturingSink sink;
    const ManualClock clock(0);
    const Logger logger(sink, clock, {.level = level});
    logger.error("e");
    logger.warn("w");
    logger.info("i");
    logger.debug("d");
    EXPECT_EQ(sink.lines().size(), lines) << to_string(level);
  }
}

TEST(Log, CarriesBoundFieldsBeforeItsOwn) {
  CapturedLog log;
  const Logger group = log.logger.with({{"group", "g"}});
  group.with({{"block", "b"}}).error("m", {{"x", 1}});
  EXPECT_EQ(tail(log), "level=error msg=m group=g block=b x=1");
  log.logger.error("m");
  EXPECT_EQ(tail(log), "level=error msg=m");
}

TEST(Log, ParsesTheFourLevelsOnly) {
  for (const char* text : {"error", "warn", "info", "debug"}) {
    EXPECT_EQ(to_string(parse_log_level(text).value()), text);
  }
  EXPECT_FALSE(parse_log_level("Info"));
  EXPECT_FALSE(parse_log_level(""));
}

TEST(Log, FormatsDurationsAsGoDoes) {
  using std::chrono::nanoseconds;
  const std::pair<std::int64_t, const char*> cases[] = {
      {0, "0s"},
      {1, "1ns"},
      {1'500, "1.5µs"},
      {1'500'000, "1.5ms"},
      {1'100'000'000, "1.1s"},
      {60'000'000'000, "1m0s"},
      {60'500'000'000, "1m0.5s"},
      {3'601'000'000'000, "1h0m1s"},
      {-90'000'000'000, "-1m30s"},
      {std::numeric_limits<std::int64_t>::max(), "2562047h47m16.854775807s"},
      {std::numeric_limits<std::int64_t>::min(), "-2562047h47m16.854775808s"},
  };
  for (const auto& [ns, want] : cases) {
    EXPECT_EQ(format_go_duration(nanoseconds(ns)), want);
  }
}

TEST(DescriptorSink, NeverMixesTheLinesOfSeveralThreads) {
  const std::filesystem::path path = std::filesystem::path(testing::TempDir()) / "lines.log";
  const int fd = ::open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  ASSERT_GE(fd, 0);
  DescriptorSink sink(fd);
  const ManualClock clock(0);
  const Logger logger(sink, clock);
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&logger, thread] {
        for (int i = 0; i < 200; ++i) {
          logger.info("m", {{"thread", thread}, {"i", i}, {"pad", std::string(300, 'x')}});
        }
      });
    }
  }
  ::close(fd);
  std::istringstream lines(read_file(path, 10 << 20));
  std::set<std::string> seen;
  for (std::string line; std::getline(lines, line);) {
    EXPECT_TRUE(line.starts_with("ts=1970-01-01T00:00:00Z caller=") && line.ends_with("xxx"));
    seen.insert(line.substr(line.find("thread=")));
  }
  EXPECT_EQ(seen.size(), 800U);
}

TEST(DescriptorSink, CarriesOnWhenNothingCanBeWritten) {
  DescriptorSink sink(-1);
  sink.write_line("lost\n");
}

}  // namespace
}  // namespace strata::telemetry
