#include "compact/thread_budget.h"

#include <gtest/gtest.h>

namespace strata::compact {
namespace {

TEST(ThreadBudget, GivesAllToAJobThatIsAlone) {
  ThreadBudget budget(8, 4);
  EXPECT_EQ(budget.acquire(0).threads(), 8U);
  ThreadBudget one_job(8, 1);
  EXPECT_EQ(one_job.acquire(5).threads(), 8U);
}

TEST(ThreadBudget, LeavesAShareToJobsThatMayCome) {
  ThreadBudget budget(8, 3);
  const auto first = budget.acquire(9);
  const auto second = budget.acquire(8);
  const auto third = budget.acquire(7);
  EXPECT_EQ(first.threads(), 3U);
  EXPECT_EQ(second.threads(), 3U);
  EXPECT_EQ(third.threads(), 2U);
}

TEST(ThreadBudget, NeverGivesLessThanOne) {
  ThreadBudget budget(1, 2);
  const auto first = budget.acquire(1);
  const auto second = budget.acquire(0);
  EXPECT_EQ(first.threads(), 1U);
  EXPECT_EQ(second.threads(), 1U);
}

TEST(ThreadBudget, TakesThreadsBack) {
  ThreadBudget budget(4, 2);
  EXPECT_EQ(budget.acquire(0).threads(), 4U);
  EXPECT_EQ(budget.acquire(0).threads(), 4U);
}

}  // namespace
}  // namespace strata::compact
