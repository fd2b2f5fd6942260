#include "tools/block_text.h"

#include <fmt/format.h>

#include <cstdlib>
#include <ctime>

namespace strata::tools {
namespace {

using std::chrono::nanoseconds;

constexpr std::int64_t kNanosecondsInMs = 1'000'000;

}  // namespace

std::string format_local_time(Timestamp ms) {
  const std::time_t seconds = ms / 1000;
  std::tm local{};
  if (::localtime_r(&seconds, &local) == nullptr) {
    return fmt::format("{} ms", ms);
  }
  const std::string text =
      fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", std::int64_t{local.tm_year} + 1900,
                  local.tm_mon + 1, local.tm_mday, local.tm_hour, local.tm_min, local.tm_sec);
  const long minutes = local.tm_gmtoff / 60;
  if (local.tm_gmtoff == 0) {
    return text + 'Z';
  }
  return fmt::format("{}{}{:02}:{:02}", text, minutes < 0 ? '-' : '+', std::labs(minutes) / 60,
                     std::labs(minutes) % 60);
}

nanoseconds whole_seconds_between(const TimeRange& range) {
  std::int64_t seconds = 0;
  std::int64_t duration = 0;
  if (__builtin_sub_overflow(range.max / 1000, range.min / 1000, &seconds) ||
      __builtin_mul_overflow(seconds, std::int64_t{1'000'000'000}, &duration)) {
    return range.max < range.min ? nanoseconds::min() : nanoseconds::max();
  }
  return nanoseconds(duration);
}

nanoseconds exact_duration(std::int64_t ms) {
  return nanoseconds(
      static_cast<std::int64_t>(static_cast<std::uint64_t>(ms) * std::uint64_t{kNanosecondsInMs}));
}

std::optional<nanoseconds> until_downsampling(const block::Meta& meta) {
  constexpr std::int64_t kTo5m = std::int64_t{40} * 3600 * 1000;
  constexpr std::int64_t kTo1h = std::int64_t{10} * 24 * 3600 * 1000;
  const auto minus_range = [&](std::int64_t ms) {
    return exact_duration(static_cast<std::int64_t>(static_cast<std::uint64_t>(ms) -
                                                    static_cast<std::uint64_t>(meta.range.max) +
                                                    static_cast<std::uint64_t>(meta.range.min)));
  };
  switch (meta.thanos.resolution) {
    case block::kRaw:
      return minus_range(kTo5m);
    case block::k5m:
      return minus_range(kTo1h);
    default:
      return std::nullopt;
  }
}

std::string format_grouped(std::uint64_t value) {
  std::string text = std::to_string(value);
  for (std::size_t at = text.size(); at > 3;) {
    at -= 3;
    text.insert(at, 1, ',');
  }
  return text;
}

std::string format_labels(const block::Labels& labels) {
  std::string text;
  for (const auto& [name, value] : labels) {
    text += fmt::format("{}{}={}", text.empty() ? "" : ",", name, value);
  }
  return text;
}

}  // namespace strata::tools
