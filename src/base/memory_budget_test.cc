#include "base/memory_budget.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/error.h"

namespace strata {
namespace {

TEST(MemoryBudget, SecondWaitsForTheFirst) {
  MemoryBudget budget(100);
  auto first = budget.acquire({}, 80);
  std::atomic<bool> granted = false;
  std::jthread second([&](const std::stop_token& stop) {
    const auto lease = budget.acquire(stop, 30);
    granted = true;
  });
  EXPECT_FALSE(granted);
  first = {};
  second.join();
  EXPECT_TRUE(granted);
}

TEST(MemoryBudget, ARequestAboveTheTotalIsGrantedAlone) {
  MemoryBudget budget(100);
  EXPECT_EQ(budget.acquire({}, 500).bytes(), 500U);
}

TEST(MemoryBudget, AStopEndsTheWait) {
  MemoryBudget budget(100);
  const auto all = budget.acquire({}, 100);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THROW(budget.acquire(stop.get_token(), 1), Error);
}

}  // namespace
}  // namespace strata
