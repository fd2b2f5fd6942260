#include "telemetry/testing/captured_log.h"

namespace strata::telemetry {

void CapturingSink::write_line(std::string_view line) noexcept {
  if (line.ends_with('\n')) {
    line.remove_suffix(1);
  }
  const MutexLock lock(mutex_);
  lines_.emplace_back(line);
}

std::vector<std::string> CapturingSink::lines() const {
  const MutexLock lock(mutex_);
  return lines_;
}

std::string CapturingSink::text() const {
  std::string all;
  for (const std::string& line : lines()) {
    all += line + "\n";
  }
  return all;
}

}  // namespace strata::telemetry
