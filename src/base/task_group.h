#pragma once

#include <exception>
#include <functional>
#include <stop_token>
#include <thread>
#include <vector>

#include "base/mutex.h"

namespace strata {

// Runs `body(stop, i)` for i in [0, count) on at most `width` threads, the caller's among them. The
// first failure stops the rest and is rethrown; a stop of the caller's token reaches every body.
void parallel_for(std::stop_token stop, unsigned width, std::size_t count,
                  const std::function<void(std::stop_token, std::size_t)>& body);

// Threads that live together: the first failure stops the rest and is rethrown by wait(); the
// destructor stops and joins.
class TaskGroup {
 public:
  explicit TaskGroup(std::stop_token parent = {});
  ~TaskGroup();
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  void run(std::function<void(std::stop_token)> task);
  void wait();
  std::stop_token stop_token() const { return stop_.get_token(); }

 private:
  void record(std::exception_ptr error);

  Mutex mutex_;
  std::exception_ptr first_error_ GUARDED_BY(mutex_);
  std::stop_source stop_;
  std::stop_callback<std::function<void()>> parent_;
  std::vector<std::jthread> threads_;
};

}  // namespace strata
