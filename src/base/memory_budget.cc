#include "base/memory_budget.h"

#include <utility>

#include "base/error.h"

namespace strata {

MemoryBudget::Lease::Lease(Lease&& other) noexcept
    : budget_(std::exchange(other.budget_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

MemoryBudget::Lease& MemoryBudget::Lease::operator=(Lease&& other) noexcept {
  std::swap(budget_, other.budget_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

MemoryBudget::Lease::~Lease() {
  if (budget_ != nullptr) {
    budget_->release(bytes_);
  }
}

MemoryBudget::Lease MemoryBudget::acquire(std::stop_token stop, std::uint64_t bytes) {
  std::unique_lock lock(mutex_);
  const bool granted =
      freed_.wait(lock, std::move(stop), [&] { return used_ == 0 || used_ + bytes <= total_; });
  if (!granted) {
    throw Error(ErrorKind::kCancelled, "stopped while waiting for memory");
  }
  used_ += bytes;
  return {this, bytes};
}

void MemoryBudget::release(std::uint64_t bytes) {
  {
    const std::lock_guard lock(mutex_);
    used_ -= bytes;
  }
  freed_.notify_all();
}

}  // namespace strata
