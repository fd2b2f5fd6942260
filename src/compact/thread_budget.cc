#include "compact/thread_budget.h"

#include <algorithm>

namespace strata::compact {

ThreadBudget::ThreadBudget(unsigned threads) : total_(std::max(threads, 1U)) {}

ThreadBudget::Lease::~Lease() {
  const MutexLock lock(budget_.mutex_);
  budget_.used_ -= threads_;
  --budget_.running_;
}

ThreadBudget::Lease ThreadBudget::acquire(const Company& company) {
  const MutexLock lock(mutex_);
  const unsigned free = total_ - std::min(total_, used_);
  // This job and those that may join it while it runs.
  const unsigned places = company.at_once - std::min(company.at_once, running_ + 1);
  const unsigned sharers = std::min(company.waiting, places) + 1;
  const unsigned granted = std::max(1U, (free + sharers - 1) / sharers);
  used_ += granted;
  ++running_;
  return Lease(*this, granted);
}

}  // namespace strata::compact
