#pragma once

#include <functional>
#include <stop_token>
#include <thread>

namespace strata::cmd {

// SIGINT and SIGTERM request a stop; SIGHUP does nothing. To be made before any other thread: they
// inherit the blocked signals.
class StopOnSignals {
 public:
  StopOnSignals();
  ~StopOnSignals();
  StopOnSignals(const StopOnSignals&) = delete;
  StopOnSignals& operator=(const StopOnSignals&) = delete;

  std::stop_token token() const { return stop_.get_token(); }

 private:
  void watch(const std::stop_token& end);

  std::stop_source stop_;
  std::jthread watcher_;
};

}  // namespace strata::cmd
