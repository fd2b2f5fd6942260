#include "tools/block_text.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <limits>

#include "base/duration.h"

namespace strata::tools {
namespace {

std::string local(const char* zone, Timestamp ms) {
  ::setenv("TZ", zone, 1);
  ::tzset();
  return format_local_time(ms);
}

TEST(BlockText, TimesAreLocalAndInWholeSeconds) {
  const char* before = std::getenv("TZ");
  const std::string zone = before == nullptr ? "" : before;
  EXPECT_EQ(local("UTC", 1'700'000'000'999), "2023-11-14T22:13:20Z");
  EXPECT_EQ(local("UTC", 0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(local("UTC", -1500), "1969-12-31T23:59:59Z");
  EXPECT_EQ(local("Asia/Kathmandu", 1'700'000'000'000), "2023-11-15T03:58:20+05:45");
  EXPECT_EQ(local("America/St_Johns", 1'700'000'000'000), "2023-11-14T18:43:20-03:30");
  EXPECT_FALSE(local("UTC", std::numeric_limits<Timestamp>::max()).empty());
  EXPECT_FALSE(local("UTC", std::numeric_limits<Timestamp>::min()).empty());
  before == nullptr ? ::unsetenv("TZ") : ::setenv("TZ", zone.c_str(), 1);
  ::tzset();
}

TEST(BlockText, SaysHowLongUntilDownsampling) {
  struct Case {
    block::Resolution resolution;
    std::int64_t hours;
    std::string want;
  };
  const Case cases[] = {{block::kRaw, 2, "38h0m0s"},
                        {block::kRaw, 48, "-8h0m0s"},
                        {block::kRaw, 40, "0s"},
                        {block::k5m, 48, "192h0m0s"},
                        {block::k5m, 336, "-96h0m0s"},
                        {block::k1h, 336, "-"},
                        {1234, 2, "-"}};
  for (const Case& test : cases) {
    block::Meta meta;
    meta.range = {.min = 0, .max = test.hours * 3'600'000};
    meta.thanos.resolution = test.resolution;
    const auto until = until_downsampling(meta);
    EXPECT_EQ(until ? format_go_duration(*until) : "-", test.want);
  }
}

TEST(BlockText, SurvivesAnyRange) {
  constexpr Timestamp kMin = std::numeric_limits<Timestamp>::min();
  constexpr Timestamp kMax = std::numeric_limits<Timestamp>::max();
  EXPECT_EQ(whole_seconds_between({.min = kMin, .max = kMax}), std::chrono::nanoseconds::max());
  EXPECT_EQ(whole_seconds_between({.min = kMax, .max = kMin}), std::chrono::nanoseconds::min());
  EXPECT_EQ(whole_seconds_between({.min = 999, .max = 2999}), std::chrono::seconds(2));
  block::Meta meta;
  meta.range = {.min = kMin, .max = kMax};
  EXPECT_TRUE(until_downsampling(meta).has_value());
}

TEST(BlockText, GroupsDigitsAndJoinsLabels) {
  EXPECT_EQ(format_grouped(0), "0");
  EXPECT_EQ(format_grouped(999), "999");
  EXPECT_EQ(format_grouped(1000), "1,000");
  EXPECT_EQ(format_grouped(123456), "123,456");
  EXPECT_EQ(format_grouped(std::numeric_limits<std::uint64_t>::max()),
            "18,446,744,073,709,551,615");
  EXPECT_EQ(format_labels({}), "");
  EXPECT_EQ(format_labels({{"b", "2"}, {"a", "1"}}), "a=1,b=2");
}

}  // namespace
}  // namespace strata::tools
