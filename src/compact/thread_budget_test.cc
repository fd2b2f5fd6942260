#include "compact/thread_budget.h"

#include <gtest/gtest.h>

namespace strata::compact {
namespace {

TEST(ThreadBudget, GivesAllToAJobThatIsAlone) {
  ThreadBudget budget(8);
  EXPECT_EQ(budget.acquire({.waiting = 0, .at_once = 4}).threads(), 8U);
  EXPECT_EQ(budget.acquire({.waiting = 5, .at_once = 1}).threads(), 8U);
}

TEST(ThreadBudget, LeavesAShareToJobsThatMayCome) {
  ThreadBudget budget(8);
  const auto first = budget.acquire({.waiting = 9, .at_once = 3});
  const auto second = budget.acquire({.waiting = 8, .at_once = 3});
  const auto third = budget.acquire({.waiting = 7, .at_once = 3});
  EXPECT_EQ(first.threads(), 3U);
  EXPECT_EQ(second.threads(), 3U);
  EXPECT_EQ(third.threads(), 2U);
}

TEST(ThreadBudget, NeverGivesLessThanOne) {
  ThreadBudget budget(1);
  const auto first = budget.acquire({.waiting = 1, .at_once = 2});
  const auto second = budget.acquire({.waiting = 0, .at_once = 2});
  EXPECT_EQ(first.threads(), 1U);
  EXPECT_EQ(second.threads(), 1U);
}

TEST(ThreadBudget, TakesThreadsBack) {
  ThreadBudget budget(4);
  EXPECT_EQ(budget.acquire({.waiting = 0, .at_once = 2}).threads(), 4U);
  EXPECT_EQ(budget.acquire({.waiting = 0, .at_once = 2}).threads(), 4U);
}

}  // namespace
}  // namespace strata::compact
