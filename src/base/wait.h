#pragma once

#include <chrono>
#include <stop_token>

namespace strata {

// Waits for `duration`, or until a stop is requested: false then.
bool wait_unless_stopped(const std::stop_token& stop, std::chrono::nanoseconds duration);

}  // namespace strata
