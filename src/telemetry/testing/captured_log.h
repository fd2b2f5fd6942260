#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "telemetry/log.h"

namespace strata::telemetry {

// Keeps every line, without its newline. From any thread.
class CapturingSink : public LogSink {
 public:
  void write_line(std::string_view line) noexcept override;

  std::vector<std::string> lines() const;
  std::string text() const;
  bool contains(std::string_view part) const { return text().find(part) != std::string::npos; }

 private:
  mutable Mutex mutex_;
  std::vector<std::string> lines_ GUARDED_BY(mutex_);
};

// A logger for tests: at debug level, into memory, at a standing time.
struct CapturedLog {
  CapturingSink sink;
  ManualClock clock{0};
  Logger logger{sink, clock, {.level = LogLevel::kDebug}};
};

}  // namespace strata::telemetry
