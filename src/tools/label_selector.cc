#include "tools/label_selector.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include "base/error.h"

namespace strata::tools {
namespace {

constexpr std::string_view kEscapes = "abfnrtv\\\"";
constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v\\\"";

void append_utf8(std::string& out, std::uint32_t rune) {
  const auto tail = [&](unsigned shift) {
    out.push_back(static_cast<char>(0x80 | ((rune >> shift) & 0x3f)));
  };
  if (rune < 0x80) {
    out.push_back(static_cast<char>(rune));
  } else if (rune < 0x800) {
    out.push_back(static_cast<char>(0xc0 | (rune >> 6)));
    tail(0);
  } else if (rune < 0x10000) {
    out.push_back(static_cast<char>(0xe0 | (rune >> 12)));
    tail(6);
    tail(0);
  } else {
    out.push_back(static_cast<char>(0xf0 | (rune >> 18)));
    tail(12);
    tail(6);
    tail(0);
  }
}

// The digits at the start of `text`, taken off it.
std::optional<std::uint32_t> take_digits(std::string_view& text, std::size_t count, int base) {
  std::uint32_t value = 0;
  if (text.size() < count) {
    return std::nullopt;
  }
  const std::string digits(text.substr(0, count));
  const char* end = digits.data() + digits.size();
  const auto [stopped, error] = std::from_chars(digits.data(), end, value, base);
  if (error != std::errc() || stopped != end) {
    return std::nullopt;
  }
  text.remove_prefix(count);
  return value;
}

// One escape behind its backslash; false when there is no such escape.
bool unescape(std::string_view& text, std::string& out) {
  if (text.empty()) {
    return false;
  }
  const char letter = text.front();
  if (const std::size_t at = kEscapes.find(letter); at != std::string_view::npos) {
    out.push_back(kMeanings[at]);
    text.remove_prefix(1);
    return true;
  }
  if (letter >= '0' && letter <= '7') {
    const auto byte = take_digits(text, 3, 8);
    out.push_back(static_cast<char>(byte.value_or(0)));
    return byte && *byte <= 0xff;
  }
  text.remove_prefix(1);
  if (letter == 'x') {
    const auto byte = take_digits(text, 2, 16);
    out.push_back(static_cast<char>(byte.value_or(0)));
    return byte.has_value();
  }
  if (letter != 'u' && letter != 'U') {
    return false;
  }
  const auto rune = take_digits(text, letter == 'u' ? 4 : 8, 16);
  if (!rune || *rune > 0x10ffff || (*rune >= 0xd800 && *rune < 0xe000)) {
    return false;
  }
  append_utf8(out, *rune);
  return true;
}

std::optional<std::string> unquote(std::string_view text) {
  if (text.size() < 2 || text.front() != text.back()) {
    return std::nullopt;
  }
  const char quote = text.front();
  text = text.substr(1, text.size() - 2);
  if (quote == '`') {
    std::string raw(text);
    std::erase(raw, '\r');
    return text.find('`') == std::string_view::npos ? std::optional(raw) : std::nullopt;
  }
  if (quote != '"') {
    return std::nullopt;
  }
  std::string out;
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c == '"' || c == '\n' || (c == '\\' && !unescape(text, out))) {
      return std::nullopt;
    }
    if (c != '\\') {
      out.push_back(c);
    }
  }
  return out;
}

}  // namespace

block::Labels parse_label_selector(std::span<const std::string> pairs) {
  block::Labels labels;
  for (const std::string& pair : pairs) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos) {
      throw_invalid(fmt::format("unrecognized label \"{}\"", pair));
    }
    if (equals == 0) {
      throw_invalid(fmt::format("unsupported format for label {}", pair));
    }
    const auto value = unquote(std::string_view(pair).substr(equals + 1));
    if (!value) {
      throw_invalid(fmt::format("label {}: the value must be quoted, as in name=\"value\"", pair));
    }
    labels[pair.substr(0, equals)] = *value;
  }
  return labels;
}

bool matches(const block::Labels& labels, const block::Labels& selector) {
  return std::ranges::all_of(selector, [&](const auto& wanted) {
    const auto found = labels.find(wanted.first);
    return found != labels.end() && found->second == wanted.second;
  });
}

}  // namespace strata::tools
