#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

namespace strata {

// Unix milliseconds, as Prometheus stores every time.
using Timestamp = std::int64_t;

// A block's range: half-open [min, max), ms.
struct TimeRange {
  Timestamp min = 0;
  Timestamp max = 0;

  bool operator==(const TimeRange&) const = default;
  bool overlaps(const TimeRange& other) const { return min < other.max && other.min < max; }
};

// The one way to learn the time: logic never asks the system itself.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual std::chrono::system_clock::time_point now() const = 0;

  Timestamp now_ms() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(now().time_since_epoch()).count();
  }
  std::int64_t now_s() const {
    return std::chrono::duration_cast<std::chrono::seconds>(now().time_since_epoch()).count();
  }
};

class SystemClock : public Clock {
 public:
  std::chrono::system_clock::time_point now() const override {
    return std::chrono::system_clock::now();
  }
};

// Stands still until it is set or moved; for tests and --debug.now.
class ManualClock : public Clock {
 public:
  explicit ManualClock(Timestamp ms) : ms_(ms) {}
  std::chrono::system_clock::time_point now() const override {
    return std::chrono::system_clock::time_point(std::chrono::milliseconds(ms_.load()));
  }
  void set(Timestamp ms) { ms_ = ms; }
  void advance(std::chrono::milliseconds by) { ms_ += by.count(); }

 private:
  std::atomic<Timestamp> ms_;
};

// RFC 3339 in UTC with nanoseconds, trailing zeros of the fraction dropped: Go's RFC3339Nano.
std::string format_rfc3339_nano(std::chrono::system_clock::time_point at);

}  // namespace strata
