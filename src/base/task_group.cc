#include "base/task_group.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "base/error.h"

namespace strata {

TaskGroup::TaskGroup(std::stop_token parent)
    : parent_(std::move(parent), [this] { stop_.request_stop(); }) {}

TaskGroup::~TaskGroup() {
  stop_.request_stop();
}

void TaskGroup::record(std::exception_ptr error) {
  {
    MutexLock lock(mutex_);
    if (!first_error_) {
      first_error_ = std::move(error);
    }
  }
  stop_.request_stop();
}

void TaskGroup::run(std::function<void(std::stop_token)> task) {
  threads_.emplace_back([this, task = std::move(task)] {
    try {
      task(stop_.get_token());
    } catch (...) {
      record(std::current_exception());
    }
  });
}

void TaskGroup::wait() {
  threads_.clear();
  std::exception_ptr error;
  {
    MutexLock lock(mutex_);
    error = first_error_;
  }
  if (error) {
    std::rethrow_exception(error);
  }
}

void parallel_for(std::stop_token stop, unsigned width, std::size_t count,
                  const std::function<void(std::stop_token, std::size_t)>& body) {
  std::atomic<std::size_t> next = 0;
  std::atomic<std::size_t> done = 0;
  TaskGroup group(std::move(stop));
  const auto work = [&](const std::stop_token& token) {
    for (std::size_t i = next++; i < count && !token.stop_requested(); i = next++) {
      body(token, i);
      ++done;
    }
  };
  const std::size_t threads = std::min<std::size_t>(std::max(width, 1U), count);
  for (std::size_t i = 1; i < threads; ++i) {
    group.run(work);
  }
  std::exception_ptr own;
  try {
    work(group.stop_token());
  } catch (...) {
    own = std::current_exception();
    group.run([own](const std::stop_token&) { std::rethrow_exception(own); });
  }
  group.wait();
  if (done < count) {
    throw Error(ErrorKind::kCancelled, "stopped");
  }
}

}  // namespace strata
