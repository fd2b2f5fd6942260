#include "base/duration.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <limits>
#include <span>

#include "base/error.h"

namespace strata {
namespace {

using std::chrono::nanoseconds;

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMicrosecond = 1'000;
constexpr std::int64_t kMillisecond = 1'000'000;
constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;

struct Unit {
  std::string_view name;
  std::int64_t size;
};

constexpr std::array kGoUnits = {Unit{"ns", 1},
                                 Unit{"us", kMicrosecond},
                                 Unit{"\u00b5s", kMicrosecond},
                                 Unit{"\u03bcs", kMicrosecond},
                                 Unit{"ms", kMillisecond},
                                 Unit{"s", kSecond},
                                 Unit{"m", kMinute},
                                 Unit{"h", kHour},
                                 Unit{"d", kDay},
                                 Unit{"w", 7 * kDay}};

// Largest first: the order they must have in a text.
constexpr std::array kPrometheusUnits = {
    Unit{"y", 365 * kDay}, Unit{"w", 7 * kDay}, Unit{"d", kDay},         Unit{"h", kHour},
    Unit{"m", kMinute},    Unit{"s", kSecond},  Unit{"ms", kMillisecond}};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

[[noreturn]] void bad(std::string_view what, std::string_view text) {
  throw_invalid(fmt::format("\"{}\" is not a {}", text, what));
}

// Digits from the front of `text`; empty when they overflow.
std::optional<std::int64_t> take_digits(std::string_view& text) {
  std::int64_t value = 0;
  bool fits = true;
  while (!text.empty() && is_digit(text.front())) {
    const int digit = text.front() - '0';
    fits = fits && value <= (kMax - digit) / 10;
    value = fits ? value * 10 + digit : value;
    text.remove_prefix(1);
  }
  return fits ? std::optional(value) : std::nullopt;
}

// The digits behind a point: a value and the power of ten it is divided by. Digits that no longer
// fit are cut.
struct Fraction {
  std::int64_t value = 0;
  double scale = 1;
};

Fraction take_fraction(std::string_view& text) {
  Fraction fraction;
  bool fits = true;
  while (!text.empty() && is_digit(text.front())) {
    const int digit = text.front() - '0';
    fits = fits && fraction.value <= (kMax - digit) / 10;
    if (fits) {
      fraction.value = fraction.value * 10 + digit;
      fraction.scale *= 10;
    }
    text.remove_prefix(1);
  }
  return fraction;
}

struct Quantity {
  std::int64_t whole = 0;
  Fraction fraction;
  std::string_view unit;
};

// One "1.5h" from the front of `text`; empty when there is none or it overflows.
std::optional<Quantity> take_quantity(std::string_view& text) {
  Quantity quantity;
  const std::size_t before = text.size();
  const auto whole = take_digits(text);
  bool has_digits = text.size() != before;
  if (!whole) {
    return std::nullopt;
  }
  quantity.whole = *whole;
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    const std::size_t start = text.size();
    quantity.fraction = take_fraction(text);
    has_digits = has_digits || text.size() != start;
  }
  if (!has_digits) {
    return std::nullopt;
  }
  const std::size_t end = std::min(text.find_first_of(".0123456789"), text.size());
  quantity.unit = text.substr(0, end);
  text.remove_prefix(end);
  return quantity;
}

const Unit* find_unit(std::span<const Unit> units, std::string_view name) {
  for (const Unit& unit : units) {
    if (unit.name == name) {
      return &unit;
    }
  }
  return nullptr;
}

std::optional<std::int64_t> to_nanoseconds(const Quantity& quantity) {
  const Unit* unit = find_unit(kGoUnits, quantity.unit);
  std::int64_t value = 0;
  if (unit == nullptr || __builtin_mul_overflow(quantity.whole, unit->size, &value)) {
    return std::nullopt;
  }
  const auto part =
      static_cast<std::int64_t>(static_cast<double>(quantity.fraction.value) *
                                (static_cast<double>(unit->size) / quantity.fraction.scale));
  if (__builtin_add_overflow(value, part, &value)) {
    return std::nullopt;
  }
  return value;
}

constexpr double kKibi = 1024;
constexpr std::array<char, 6> kPrefixes = {'K', 'M', 'G', 'T', 'P', 'E'};

// The number of bytes of a unit, or 0. `suffix` is "iB" or "B".
double byte_unit(std::string_view name, std::string_view suffix) {
  if (name == "B") {
    return 1;
  }
  double size = kKibi;
  for (const char prefix : kPrefixes) {
    if (!name.empty() && name.front() == prefix && name.substr(1) == suffix) {
      return size;
    }
    size *= kKibi;
  }
  return 0;
}

// One text does not mix the two suffixes.
std::optional<std::uint64_t> parse_bytes(std::string_view text, std::string_view suffix) {
  double total = 0;
  while (!text.empty()) {
    const auto quantity = take_quantity(text);
    if (!quantity) {
      return std::nullopt;
    }
    const double unit = byte_unit(quantity->unit, suffix);
    if (unit == 0) {
      return std::nullopt;
    }
    const double part = static_cast<double>(quantity->fraction.value) / quantity->fraction.scale;
    total += (static_cast<double>(quantity->whole) + part) * unit;
  }
  if (total >= 9223372036854775808.0) {
    return std::nullopt;
  }
  return static_cast<std::uint64_t>(total);
}

// Exactly `count` digits at `at`.
std::optional<int> fixed_digits(std::string_view text, std::size_t at, std::size_t count) {
  if (text.size() < at + count) {
    return std::nullopt;
  }
  int value = 0;
  for (const char c : text.substr(at, count)) {
    if (!is_digit(c)) {
      return std::nullopt;
    }
    value = value * 10 + (c - '0');
  }
  return value;
}

// "Z" or "+hh:mm", in minutes east of UTC.
std::optional<int> parse_offset(std::string_view text) {
  if (text == "Z") {
    return 0;
  }
  const auto hours = fixed_digits(text, 1, 2);
  const auto minutes = fixed_digits(text, 4, 2);
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':' || !hours ||
      !minutes || *hours > 23 || *minutes > 59) {
    return std::nullopt;
  }
  return (text[0] == '-' ? -1 : 1) * (*hours * 60 + *minutes);
}

// Fraction of seconds from the front, if there is one.
std::optional<int> take_milliseconds(std::string_view& text) {
  if (text.empty() || text.front() != '.') {
    return 0;
  }
  text.remove_prefix(1);
  int value = 0;
  std::size_t digits = 0;
  while (!text.empty() && is_digit(text.front())) {
    value = digits < 3 ? value * 10 + (text.front() - '0') : value;
    ++digits;
    text.remove_prefix(1);
  }
  if (digits == 0) {
    return std::nullopt;
  }
  for (; digits < 3; ++digits) {
    value *= 10;
  }
  return value;
}

}  // namespace

nanoseconds parse_go_duration(std::string_view text) {
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) {
    rest.remove_prefix(1);
  }
  if (rest == "0") {
    return nanoseconds(0);
  }
  std::int64_t total = 0;
  bool good = !rest.empty();
  while (good && !rest.empty()) {
    const auto quantity = take_quantity(rest);
    const auto value = quantity ? to_nanoseconds(*quantity) : std::nullopt;
    good = value && !__builtin_add_overflow(total, *value, &total);
  }
  if (!good) {
    bad("duration (such as 30m, 1.5h or 2d)", text);
  }
  return nanoseconds(negative ? -total : total);
}

std::string format_go_duration(nanoseconds duration) {
  const std::int64_t value = duration.count();
  const std::string_view sign = value < 0 ? "-" : "";
  const std::uint64_t rest =
      value < 0 ? -static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  const auto with_fraction = [](std::uint64_t whole, std::uint64_t part, int digits) {
    std::string text = fmt::format("{}", whole);
    if (part != 0) {
      text += fmt::format(".{:0{}}", part, digits);
      text.erase(text.find_last_not_of('0') + 1);
    }
    return text;
  };
  if (rest == 0) {
    return "0s";
  }
  if (rest < kMicrosecond) {
    return fmt::format("{}{}ns", sign, rest);
  }
  if (rest < kMillisecond) {
    return fmt::format("{}{}\u00b5s", sign,
                       with_fraction(rest / kMicrosecond, rest % kMicrosecond, 3));
  }
  if (rest < kSecond) {
    return fmt::format("{}{}ms", sign, with_fraction(rest / kMillisecond, rest % kMillisecond, 6));
  }
  const std::uint64_t seconds = rest / kSecond;
  const std::string tail = with_fraction(seconds % 60, rest % kSecond, 9) + "s";
  if (seconds < 60) {
    return fmt::format("{}{}", sign, tail);
  }
  if (seconds < 3600) {
    return fmt::format("{}{}m{}", sign, seconds / 60, tail);
  }
  return fmt::format("{}{}h{}m{}", sign, seconds / 3600, seconds / 60 % 60, tail);
}

nanoseconds parse_prometheus_duration(std::string_view text) {
  if (text == "0") {
    return nanoseconds(0);
  }
  std::string_view rest = text;
  std::int64_t total = 0;
  bool good = !rest.empty();
  std::span<const Unit> units = kPrometheusUnits;
  while (good && !rest.empty()) {
    const std::size_t before = rest.size();
    const auto value = take_digits(rest);
    const bool has_digits = rest.size() != before;
    std::size_t end = 0;
    while (end < rest.size() && !is_digit(rest[end])) {
      ++end;
    }
    const Unit* unit = find_unit(units, rest.substr(0, end));
    std::int64_t part = 0;
    good = has_digits && value && unit != nullptr &&
           !__builtin_mul_overflow(*value, unit->size, &part) &&
           !__builtin_add_overflow(total, part, &total);
    if (good) {
      units = units.subspan(static_cast<std::size_t>(unit - units.data()) + 1);
      rest.remove_prefix(end);
    }
  }
  if (!good) {
    bad("Prometheus duration (whole numbers with ms, s, m, h, d, w, y, such as 2d or 1h30m)", text);
  }
  return nanoseconds(total);
}

std::string format_prometheus_duration(nanoseconds duration) {
  std::int64_t ms = duration.count() / kMillisecond;
  if (ms == 0) {
    return "0s";
  }
  std::string text = ms < 0 ? "-" : "";
  ms = std::abs(ms);
  for (const Unit& unit : kPrometheusUnits) {
    const std::int64_t size = unit.size / kMillisecond;
    const bool only_exact = unit.name == "y" || unit.name == "w";
    if (ms >= size && !(only_exact && ms % size != 0)) {
      text += fmt::format("{}{}", ms / size, unit.name);
      ms %= size;
    }
  }
  return text;
}

std::uint64_t parse_bytes2(std::string_view text) {
  std::string_view rest = text;
  if (rest.starts_with('+')) {
    rest.remove_prefix(1);
  }
  if (rest == "0") {
    return 0;
  }
  if (!rest.empty()) {
    for (const std::string_view suffix : {"iB", "B"}) {
      if (const auto bytes = parse_bytes(rest, suffix)) {
        return *bytes;
      }
    }
  }
  bad("size (such as 64MiB or 1.5GB)", text);
}

std::string format_bytes2(std::uint64_t bytes) {
  if (bytes == 0) {
    return "0B";
  }
  std::string text;
  for (int power = 6; power >= 0; --power) {
    const std::uint64_t digit = bytes >> (10 * power) & 1023;
    const std::uint64_t value = power == 6 ? bytes >> 60 : digit;
    if (value != 0) {
      text += power == 0
                  ? fmt::format("{}B", value)
                  : fmt::format("{}{}iB", value, kPrefixes.at(static_cast<std::size_t>(power) - 1));
    }
  }
  return text;
}

std::optional<Timestamp> parse_rfc3339(std::string_view text) {
  const auto year = fixed_digits(text, 0, 4);
  const auto month = fixed_digits(text, 5, 2);
  const auto day = fixed_digits(text, 8, 2);
  const auto hour = fixed_digits(text, 11, 2);
  const auto minute = fixed_digits(text, 14, 2);
  const auto second = fixed_digits(text, 17, 2);
  if (!year || !month || !day || !hour || !minute || !second || text[4] != '-' || text[7] != '-' ||
      text[10] != 'T' || text[13] != ':' || text[16] != ':' || *hour > 23 || *minute > 59 ||
      *second > 59) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  std::string_view rest = text.substr(19);
  const auto ms = take_milliseconds(rest);
  const auto offset = parse_offset(rest);
  if (!date.ok() || !ms || !offset) {
    return std::nullopt;
  }
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const std::int64_t seconds = days * 86400 + *hour * 3600 + (*minute - *offset) * 60 + *second;
  return seconds * 1000 + *ms;
}

TimeOrDuration TimeOrDuration::parse(std::string_view text) {
  if (const auto at = parse_rfc3339(text)) {
    return TimeOrDuration(*at, false);
  }
  const bool negative = text.starts_with('-');
  try {
    const auto distance = parse_prometheus_duration(negative ? text.substr(1) : text);
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(distance).count();
    return TimeOrDuration(negative ? -ms : ms, true);
  } catch (const Error&) {
    bad("time (RFC 3339) or duration relative to now (such as -1d or 2h45m)", text);
  }
}

}  // namespace strata
