#include "base/wait.h"

#include <condition_variable>
#include <mutex>

namespace strata {

bool wait_unless_stopped(const std::stop_token& stop, std::chrono::nanoseconds duration) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, duration, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace strata
