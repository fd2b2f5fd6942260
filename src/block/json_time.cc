#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cstdint>

#include "block/json_text.h"

namespace strata::block {
namespace {

constexpr std::size_t kDateAndTime = 19;                    // 2006-01-02T15:04:05
constexpr std::int64_t kZeroTimeSeconds = -62'135'596'800;  // year 1

// The digits of `text` at `at`; -1 where one is none.
int number(std::string_view text, std::size_t at, std::size_t count) {
  int value = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (i >= text.size() || text[i] < '0' || text[i] > '9') {
      return -1;
    }
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

bool in_range(int value, int least, int most) {
  return value >= least && value <= most;
}

std::optional<std::int64_t> parse_date_and_time(std::string_view text) {
  using namespace std::chrono;
  if (text.size() < kDateAndTime || text[4] != '-' || text[7] != '-' || text[10] != 'T' ||
      text[13] != ':' || text[16] != ':') {
    return std::nullopt;
  }
  const int years = number(text, 0, 4);
  const int months = number(text, 5, 2);
  const int dom = number(text, 8, 2);
  const int hour = number(text, 11, 2);
  const int minute = number(text, 14, 2);
  const int second = number(text, 17, 2);
  if (years < 0 || !in_range(months, 1, 12) || dom < 1 || !in_range(hour, 0, 23) ||
      !in_range(minute, 0, 59) || !in_range(second, 0, 59)) {
    return std::nullopt;
  }
  const year_month_day date{year{years}, month{static_cast<unsigned>(months)},
                            day{static_cast<unsigned>(dom)}};
  if (!date.ok()) {
    return std::nullopt;
  }
  const std::int64_t day_number = sys_days{date}.time_since_epoch().count();
  return day_number * 86'400 + hour * 3600 + minute * 60 + second;
}

// Seconds east of UTC.
std::optional<std::int64_t> parse_zone(std::string_view text) {
  if (text == "Z") {
    return 0;
  }
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') {
    return std::nullopt;
  }
  const int hours = number(text, 1, 2);
  const int minutes = number(text, 4, 2);
  if (!in_range(hours, 0, 23) || !in_range(minutes, 0, 59)) {
    return std::nullopt;
  }
  return (text[0] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
}

}  // namespace

std::optional<JsonTime> parse_json_time(std::string_view text) {
  const auto local = parse_date_and_time(text);
  if (!local) {
    return std::nullopt;
  }
  std::string_view rest = text.substr(kDateAndTime);
  std::string fraction;
  if (rest.size() > 1 && rest[0] == '.') {
    const std::size_t end = std::min(rest.find_first_not_of("0123456789", 1), rest.size());
    // Digits beyond nanoseconds are read over.
    fraction = rest.substr(1, std::min<std::size_t>(end - 1, 9));
    if (end == 1) {
      return std::nullopt;
    }
    rest.remove_prefix(end);
  }
  const auto zone = parse_zone(rest);
  if (!zone) {
    return std::nullopt;
  }
  std::string millis = fraction.substr(0, std::min<std::size_t>(3, fraction.size()));
  millis.resize(3, '0');
  fraction.erase(fraction.find_last_not_of('0') + 1);
  const std::int64_t seconds = *local - *zone;
  if (seconds == kZeroTimeSeconds && *zone == 0 && fraction.empty()) {
    return JsonTime{};
  }
  JsonTime time;
  time.unix_ms = seconds * 1000 + number(millis, 0, 3);
  time.text = fmt::format("{}{}{}{}", text.substr(0, kDateAndTime), fraction.empty() ? "" : ".",
                          fraction, *zone == 0 ? "Z" : rest);
  return time;
}

}  // namespace strata::block
