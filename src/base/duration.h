#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace strata {

// Every parser here throws an invalid error that quotes the text.

// Go's time.Duration, with days (24h) and weeks (168h): "1h30m", "1.5d", "-10s", "0".
std::chrono::nanoseconds parse_go_duration(std::string_view text);
// "48h0m0s", "1.5s", "300ms", "0s".
std::string format_go_duration(std::chrono::nanoseconds duration);

// Prometheus: whole numbers, units y w d h m s ms once each and in that order; "0" needs none. Not
// negative.
std::chrono::nanoseconds parse_prometheus_duration(std::string_view text);
// Milliseconds at best; years and weeks only where nothing remains: "2d", "1w", "30m".
std::string format_prometheus_duration(std::chrono::nanoseconds duration);

// A size with a unit. "B", and K, M, G, T, P, E with "B" or "iB", which both mean powers of 1024;
// fractions and sums are allowed ("1.5GiB", "1GB512MB"), negative sizes are not.
std::uint64_t parse_bytes2(std::string_view text);
// "64GiB", "1GiB512MiB", "0B".
std::string format_bytes2(std::uint64_t bytes);

// RFC 3339 with any offset, in ms, finer digits cut. Empty for any other text.
std::optional<Timestamp> parse_rfc3339(std::string_view text);

// A point in time, or a distance from now that is looked at anew every time.
class TimeOrDuration {
 public:
  // RFC 3339, or a Prometheus duration with an optional leading '-'.
  static TimeOrDuration parse(std::string_view text);

  static TimeOrDuration at(Timestamp ms) { return TimeOrDuration(ms, false); }
  Timestamp resolve(const Clock& clock) const { return relative_ ? clock.now_ms() + ms_ : ms_; }
  bool is_relative() const { return relative_; }

 private:
  TimeOrDuration(Timestamp ms, bool relative) : ms_(ms), relative_(relative) {}

  Timestamp ms_;
  bool relative_;
};

}  // namespace strata
