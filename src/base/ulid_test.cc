#include "base/ulid.h"

#include <gtest/gtest.h>

namespace strata {
namespace {

TEST(Ulid, TextAndBytesAgree) {
  const auto id = Ulid::parse("01M81C56QY8K47H60J60M7HYZ2");
  ASSERT_TRUE(id);
  EXPECT_EQ(id->to_string(), "01M81C56QY8K47H60J60M7HYZ2");
  EXPECT_EQ(Ulid::parse("01m81c56qy8k47h60j60m7hyz2"), id);
  EXPECT_EQ(Ulid::parse("7ZZZZZZZZZZZZZZZZZZZZZZZZZ")->bytes()[0], 0xff);
}

TEST(Ulid, RejectsWhatIsNone) {
  for (const auto* text : {"", "01M81C56QY8K47H60J60M7HYZ", "81M81C56QY8K47H60J60M7HYZ2",
                           "01M81C56QY8K47H60J60M7HYU2", "01M81C56QY8K47H60J60M7HYZ2X"}) {
    EXPECT_FALSE(Ulid::parse(text)) << text;
  }
}

TEST(UlidSource, CarriesTheClockAndRepeatsWithASeed) {
  const ManualClock clock(1'700'000'000'123);
  UlidSource a(clock, 7), b(clock, 7), c(clock);
  const Ulid first = a.next();
  EXPECT_EQ(first.time_ms(), 1'700'000'000'123);
  EXPECT_EQ(first, b.next());
  EXPECT_NE(first, a.next());
  EXPECT_NE(c.next(), c.next());
}

}  // namespace
}  // namespace strata
