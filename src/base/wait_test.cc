#include "base/wait.h"

#include <gtest/gtest.h>

#include <thread>

namespace strata {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

TEST(WaitUnlessStopped, IsOverWhenItsTimeIs) {
  EXPECT_TRUE(wait_unless_stopped({}, 0ns));
  EXPECT_TRUE(wait_unless_stopped(std::stop_source().get_token(), 1ms));
}

TEST(WaitUnlessStopped, EndsWithTheStop) {
  std::stop_source source;
  const std::jthread stopper([&] { source.request_stop(); });
  EXPECT_FALSE(wait_unless_stopped(source.get_token(), 1h));
  EXPECT_FALSE(wait_unless_stopped(source.get_token(), 1h));
}

}  // namespace
}  // namespace strata
