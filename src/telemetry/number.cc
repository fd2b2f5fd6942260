#include "telemetry/number.h"

#include <charconv>
#include <cmath>
#include <limits>

namespace strata::telemetry {
namespace {

std::string shortest(double value, std::chars_format format) {
  // The widest is the smallest subnormal in fixed notation.
  char buffer[1 + 2 + std::numeric_limits<double>::max_digits10 -
              std::numeric_limits<double>::min_exponent10 + 8];
  const auto result = std::to_chars(buffer, buffer + sizeof buffer, value, format);
  return {buffer, result.ptr};
}

}  // namespace

std::string format_go_g(double value) {
  if (std::isnan(value)) {
    return "NaN";
  }
  if (std::isinf(value)) {
    return value > 0 ? "+Inf" : "-Inf";
  }
  const double magnitude = std::abs(value);
  const bool fixed = magnitude == 0 || (magnitude >= 1e-4 && magnitude < 1e6);
  return shortest(value, fixed ? std::chars_format::fixed : std::chars_format::scientific);
}

std::string format_go_json(double value) {
  const double magnitude = std::abs(value);
  if (magnitude == 0 || (magnitude >= 1e-6 && magnitude < 1e21)) {
    return shortest(value, std::chars_format::fixed);
  }
  std::string text = shortest(value, std::chars_format::scientific);
  // Go's encoder cleans e-09 up to e-9, and only that: positive exponents here have two digits
  // anyway.
  const std::size_t size = text.size();
  if (size >= 4 && text[size - 4] == 'e' && text[size - 3] == '-' && text[size - 2] == '0') {
    text.erase(size - 2, 1);
  }
  return text;
}

}  // namespace strata::telemetry
