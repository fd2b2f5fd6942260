#include "base/duration.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace strata {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

struct DurationCase {
  const char* text;
  nanoseconds want;
};

TEST(Duration, ReadsGoDurationsWithDaysAndWeeks) {
  const DurationCase cases[] = {
      {"0", 0ns},      {"-0", 0ns},           {"30m", 30min},      {"1h30m", 90min},
      {"1.5h", 90min}, {"-1.5h", -90min},     {"+5s", 5s},         {".5s", 500ms},
      {"1.s", 1s},     {"2d", 48h},           {"1.5d", 36h},       {"1w", 168h},
      {"10us", 10us},  {"10\u00b5s", 10us},   {"10\u03bcs", 10us}, {"7ns", 7ns},
      {"1m1m", 2min},  {"0.000000001s", 1ns}, {"3ms2s", 2003ms},   {"2562047h", 2562047h},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(parse_go_duration(c.text), c.want);
  }
}

TEST(Duration, RefusesWhatIsNotAGoDuration) {
  for (const char* text : {"", "-", "5", "1.5", "h", ".h", "1x", "1h ", " 1h", "--1h", "1y",
                           "9999999h", "1e3s", "99999999999999999999s"}) {
    SCOPED_TRACE(text);
    EXPECT_THROW(parse_go_duration(text), Error);
  }
}

TEST(Duration, WritesGoDurations) {
  const DurationCase cases[] = {
      {"0s", 0ns},
      {"1ns", 1ns},
      {"1.1\u00b5s", 1100ns},
      {"2.2ms", 2200us},
      {"3.3s", 3300ms},
      {"4m5s", 4min + 5s},
      {"4m5.001s", 4min + 5001ms},
      {"48h0m0s", 48h},
      {"-1m0s", -1min},
      {"5h6m7.001s", 5h + 6min + 7001ms},
      {"2562047h47m16.854775807s", nanoseconds(INT64_MAX)},
      {"-2562047h47m16.854775808s", nanoseconds(INT64_MIN)},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(format_go_duration(c.want), c.text);
  }
}

TEST(Duration, ReadsPrometheusDurations) {
  const DurationCase cases[] = {
      {"0", 0ns},   {"0d", 0ns},    {"0s", 0ns},      {"2d", 48h},          {"1y", 8760h},
      {"1w", 168h}, {"90m", 90min}, {"1h30m", 90min}, {"1m500ms", 60500ms}, {"1d1ms", 24h + 1ms},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(parse_prometheus_duration(c.text), c.want);
  }
}

TEST(Duration, RefusesWhatIsNotAPrometheusDuration) {
  for (const char* text : {"", "1", "1.5h", "-1h", "1m1h", "1h1h", "1x", "1us", "h", "1h ", "300y",
                           "1d-", "10000000000y"}) {
    SCOPED_TRACE(text);
    EXPECT_THROW(parse_prometheus_duration(text), Error);
  }
}

TEST(Duration, WritesPrometheusDurations) {
  const DurationCase cases[] = {
      {"0s", 0ns},  {"0s", 1us},   {"2d", 48h},       {"1w", 168h},
      {"8d", 192h}, {"1y", 8760h}, {"30m", 30min},    {"1h30m", 90min},
      {"5ms", 5ms}, {"-2h", -2h},  {"365d1h", 8761h},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(format_prometheus_duration(c.want), c.text);
  }
}

TEST(Duration, ReadsSizesInPowersOf1024) {
  struct Case {
    const char* text;
    std::uint64_t want;
  };
  const Case cases[] = {{"0", 0},
                        {"1B", 1},
                        {"64GB", 68719476736},
                        {"64GiB", 68719476736},
                        {"1.5KB", 1536},
                        {".5KiB", 512},
                        {"1GB512MB", 1610612736},
                        {"+2KB", 2048},
                        {"2EiB", std::uint64_t{2} << 60}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(parse_bytes2(c.text), c.want);
  }
  for (const char* text : {"", "+", "64", "64G", "1kB", "-1KB", "1KiB1KB", "GB", "8EiB", "1 KB"}) {
    SCOPED_TRACE(text);
    EXPECT_THROW(parse_bytes2(text), Error);
  }
}

TEST(Duration, WritesSizesInPowersOf1024) {
  EXPECT_EQ(format_bytes2(0), "0B");
  EXPECT_EQ(format_bytes2(std::uint64_t{64} << 30), "64GiB");
  EXPECT_EQ(format_bytes2(1536), "1KiB512B");
  EXPECT_EQ(format_bytes2(std::uint64_t{8} << 60), "8EiB");
}

TEST(Duration, ReadsRfc3339) {
  struct Case {
    const char* text;
    Timestamp want;
  };
  const Case cases[] = {{"1970-01-01T00:00:00Z", 0},
                        {"2024-02-29T12:30:15.1239Z", 1709209815123},
                        {"2024-02-29T12:30:15+02:00", 1709202615000},
                        {"2024-02-29T12:30:15-02:30", 1709218815000},
                        {"0000-01-01T00:00:00Z", -62167219200000},
                        {"9999-12-31T23:59:59Z", 253402300799000},
                        {"1969-12-31T23:59:59.5Z", -500}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(parse_rfc3339(c.text), c.want);
  }
  for (const char* text :
       {"", "2024-02-30T00:00:00Z", "2024-02-29", "2024-02-29T24:00:00Z", "2024-02-29 00:00:00Z",
        "2024-02-29T00:00:00", "2024-02-29T00:00:00.Z", "2024-02-29T00:00:00+0200"}) {
    SCOPED_TRACE(text);
    EXPECT_EQ(parse_rfc3339(text), std::nullopt);
  }
}

TEST(Duration, ResolvesRelativeTimesAgainstTheClockEveryTime) {
  ManualClock clock(1'000'000);
  const auto day_ago = TimeOrDuration::parse("-1d");
  EXPECT_TRUE(day_ago.is_relative());
  EXPECT_EQ(day_ago.resolve(clock), 1'000'000 - 86'400'000);
  clock.advance(std::chrono::seconds(5));
  EXPECT_EQ(day_ago.resolve(clock), 1'005'000 - 86'400'000);
  EXPECT_EQ(TimeOrDuration::parse("2h").resolve(clock), 1'005'000 + 7'200'000);
  EXPECT_EQ(TimeOrDuration::parse("1970-01-01T00:00:01Z").resolve(clock), 1000);
  EXPECT_THROW(TimeOrDuration::parse(""), Error);
  EXPECT_THROW(TimeOrDuration::parse("yesterday"), Error);
}

}  // namespace
}  // namespace strata
