#include "block/json_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

namespace strata::block {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

void append_escaped_byte(std::string& out, unsigned char c) {
  switch (c) {
    case '"':
    case '\\':
      out += '\\';
      out += static_cast<char>(c);
      break;
    case '\b':
      out += "\\b";
      break;
    case '\f':
      out += "\\f";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    default:
      if (c < 0x20 || c == '<' || c == '>' || c == '&') {
        fmt::format_to(std::back_inserter(out), "\\u{:04x}", c);
      } else {
        out += static_cast<char>(c);
      }
  }
}

// Go: the shortest digits that give this double again, with an exponent below 1e-6 and from 1e21
// on.
void append_double(std::string& out, double value) {
  if (value == 0) {
    out += std::signbit(value) ? "-0" : "0";
    return;
  }
  char buffer[32];
  const double magnitude = std::fabs(value);
  const auto [end, error] =
      std::to_chars(buffer, buffer + sizeof buffer, magnitude, std::chars_format::scientific);
  const std::string_view text(buffer, static_cast<std::size_t>(end - buffer));
  const std::size_t e = text.find('e');
  std::string digits(text.substr(0, e));
  std::erase(digits, '.');
  const int exponent = std::atoi(std::string(text.substr(e + 1)).c_str());
  if (value < 0) {
    out += '-';
  }
  if (magnitude < 1e-6 || magnitude >= 1e21) {
    out += digits[0];
    if (digits.size() > 1) {
      out += '.';
      out.append(digits, 1);
    }
    // Go shortens e-09 to e-9 but leaves e+09 two digits wide.
    fmt::format_to(std::back_inserter(out), "e{}{}", exponent < 0 ? '-' : '+', std::abs(exponent));
    return;
  }
  if (exponent < 0) {
    out += "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
    return;
  }
  const auto whole = static_cast<std::size_t>(exponent) + 1;
  digits.resize(std::max(digits.size(), whole), '0');
  out.append(digits, 0, whole);
  if (digits.size() > whole) {
    out += '.';
    out.append(digits, whole);
  }
}

std::string_view literal(JsonKind kind) {
  return kind == JsonKind::kTrue ? "true" : kind == JsonKind::kFalse ? "false" : "null";
}

// True where it wrote a value that contains no others.
bool append_scalar(std::string& out, JsonView value) {
  switch (value.kind()) {
    case JsonKind::kNull:
    case JsonKind::kTrue:
    case JsonKind::kFalse:
      out += literal(value.kind());
      return true;
    case JsonKind::kNumber:
      out += value.text();
      return true;
    case JsonKind::kString:
      append_json_string(out, value.text());
      return true;
    case JsonKind::kArray:
    case JsonKind::kObject:
      break;
  }
  return false;
}

using AppendValue = void (*)(std::string&, JsonView);

void append_array(std::string& out, JsonView value, AppendValue append_value) {
  char separator = '[';
  value.each_element([&](JsonView element) {
    out += separator;
    append_value(out, element);
    separator = ',';
  });
  out += separator == '[' ? "[]" : "]";
}

}  // namespace

std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = text.empty() ? 0xFF : byte(0);
  if (first < 0x80) {
    return 1;
  }
  const std::size_t length = first >= 0xC2 && first <= 0xDF   ? 2
                             : first >= 0xE0 && first <= 0xEF ? 3
                             : first >= 0xF0 && first <= 0xF4 ? 4
                                                              : 0;
  if (length == 0 || text.size() < length) {
    return 0;
  }
  // Overlong forms, surrogates and what lies beyond U+10FFFF show in the second byte.
  const unsigned char least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  const unsigned char most = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  if (byte(1) < least || byte(1) > most) {
    return 0;
  }
  for (std::size_t i = 2; i < length; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xBF) {
      return 0;
    }
  }
  return length;
}

bool key_matches(std::string_view key, std::string_view name) {
  constexpr std::string_view kLongS = "\xC5\xBF";
  constexpr std::string_view kKelvin = "\xE2\x84\xAA";
  for (const char wanted : name) {
    const char c = lower(wanted);
    if (!key.empty() && lower(key[0]) == c) {
      key.remove_prefix(1);
    } else if (c == 's' && key.starts_with(kLongS)) {
      key.remove_prefix(kLongS.size());
    } else if (c == 'k' && key.starts_with(kKelvin)) {
      key.remove_prefix(kKelvin.size());
    } else {
      return false;
    }
  }
  return key.empty();
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const auto first = static_cast<unsigned char>(text[0]);
    std::size_t length = 1;
    if (first < 0x80) {
      append_escaped_byte(out, first);
    } else if (length = utf8_length(text); length == 0) {
      out += "\\ufffd";
      length = 1;
    } else if (text.starts_with("\xE2\x80\xA8")) {
      out += "\\u2028";
    } else if (text.starts_with("\xE2\x80\xA9")) {
      out += "\\u2029";
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  out += '"';
}

void append_json(std::string& out, JsonView value) {
  if (append_scalar(out, value)) {
    return;
  }
  if (value.kind() == JsonKind::kArray) {
    append_array(out, value, append_json);
    return;
  }
  char separator = '{';
  value.each_member([&](std::string_view name, JsonView member) {
    out += separator;
    append_json_string(out, name);
    out += ':';
    append_json(out, member);
    separator = ',';
  });
  out += separator == '{' ? "{}" : "}";
}

void append_untyped_json(std::string& out, JsonView value) {
  if (value.kind() == JsonKind::kNumber) {
    double number = 0;
    const auto text = value.text();
    // Too small for a double is zero, as in Go; too large never gets onto a tape.
    std::from_chars(text.data(), text.data() + text.size(), number);
    append_double(out, number);
    return;
  }
  if (append_scalar(out, value)) {
    return;
  }
  if (value.kind() == JsonKind::kArray) {
    append_array(out, value, append_untyped_json);
    return;
  }
  std::map<std::string_view, JsonView> members;
  value.each_member(
      [&](std::string_view name, JsonView member) { members.insert_or_assign(name, member); });
  char separator = '{';
  for (const auto& [name, member] : members) {
    out += separator;
    append_json_string(out, name);
    out += ':';
    append_untyped_json(out, member);
    separator = ',';
  }
  out += separator == '{' ? "{}" : "}";
}

std::string indent_json(std::string_view compact) {
  std::string out;
  out.reserve(compact.size() * 2);
  std::size_t depth = 0;
  bool in_string = false;
  const auto new_line = [&] {
    out += '\n';
    out.append(depth, '\t');
  };
  for (std::size_t i = 0; i < compact.size(); ++i) {
    const char c = compact[i];
    if (in_string) {
      out += c;
      if (c == '\\' && i + 1 < compact.size()) {
        out += compact[++i];
      } else if (c == '"') {
        in_string = false;
      }
      continue;
    }
    const bool opens = c == '{' || c == '[';
    const bool closes = c == '}' || c == ']';
    if (closes && i > 0 && compact[i - 1] != '{' && compact[i - 1] != '[') {
      --depth;
      new_line();
    }
    out += c;
    in_string = c == '"';
    if (c == ':') {
      out += ' ';
    } else if (c == ',') {
      new_line();
    } else if (opens && i + 1 < compact.size() && compact[i + 1] != '}' && compact[i + 1] != ']') {
      ++depth;
      new_line();
    }
  }
  out += '\n';
  return out;
}

}  // namespace strata::block
