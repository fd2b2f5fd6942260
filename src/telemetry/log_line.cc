#include "telemetry/log_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>

#include "telemetry/number.h"

namespace strata::telemetry {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

// Bytes of the well-formed UTF-8 sequence at the front of `text` (not empty), or 0.
std::size_t sequence_length(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = at(0);
  if (lead < 0x80) {
    return 1;
  }
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) {
    return 0;
  }
  // The second byte's range excludes overlong forms, surrogates and what lies beyond U+10FFFF.
  const unsigned char low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  const unsigned char high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  if (at(1) < low || at(1) > high) {
    return 0;
  }
  for (std::size_t i = 2; i < length; ++i) {
    if ((at(i) & 0xc0) != 0x80) {
      return 0;
    }
  }
  return length;
}

bool is_bare(std::string_view sequence) {
  const auto first = static_cast<unsigned char>(sequence.front());
  return first > ' ' && first != '=' && first != '"' && sequence != kReplacement;
}

bool needs_quotes(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (length == 0 || !is_bare(text.substr(0, length))) {
      return true;
    }
    text.remove_prefix(length);
  }
  return false;
}

struct Escapes {
  bool backspace_and_feed;  // as \b and \f
  bool separators;          // U+2028 and U+2029
  bool replacement;         // U+FFFD even where the text really has it
};
constexpr Escapes kLogfmtEscapes{
    .backspace_and_feed = false, .separators = false, .replacement = true};
constexpr Escapes kJsonEscapes{
    .backspace_and_feed = true, .separators = true, .replacement = false};

void append_escaped_ascii(std::string& out, char c, const Escapes& escapes) {
  switch (c) {
    case '"':
    case '\\':
      out += '\\';
      out += c;
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  if (escapes.backspace_and_feed && (c == '\b' || c == '\f')) {
    out += c == '\b' ? "\\b" : "\\f";
  } else if (static_cast<unsigned char>(c) < 0x20) {
    out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
  } else {
    out += c;
  }
}

void append_quoted(std::string& out, std::string_view text, const Escapes& escapes) {
  out += '"';
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    const std::string_view sequence = text.substr(0, std::max<std::size_t>(length, 1));
    if (length == 0 || (escapes.replacement && sequence == kReplacement)) {
      out += "\\ufffd";
    } else if (length == 1) {
      append_escaped_ascii(out, sequence.front(), escapes);
    } else if (escapes.separators && (sequence == "\u2028" || sequence == "\u2029")) {
      out += sequence == "\u2028" ? "\\u2028" : "\\u2029";
    } else {
      out += sequence;
    }
    text.remove_prefix(sequence.size());
  }
  out += '"';
}

std::string logfmt_key(std::string_view key) {
  std::string out;
  while (!key.empty()) {
    const std::size_t length = sequence_length(key);
    const std::string_view sequence = key.substr(0, std::max<std::size_t>(length, 1));
    if (length != 0 && is_bare(sequence)) {
      out += sequence;
    }
    key.remove_prefix(sequence.size());
  }
  return out;
}

struct LogfmtValue {
  std::string& out;

  void operator()(const std::string& text) const {
    if (text == "null" || needs_quotes(text)) {
      append_quoted(out, text, kLogfmtEscapes);
    } else {
      out += text;
    }
  }
  void operator()(std::int64_t number) const { out += fmt::to_string(number); }
  void operator()(std::uint64_t number) const { out += fmt::to_string(number); }
  void operator()(double number) const { out += format_go_g(number); }
  void operator()(bool flag) const { out += flag ? "true" : "false"; }
};

struct JsonValue {
  std::string& out;

  void operator()(const std::string& text) const { append_quoted(out, text, kJsonEscapes); }
  void operator()(std::int64_t number) const { out += fmt::to_string(number); }
  void operator()(std::uint64_t number) const { out += fmt::to_string(number); }
  void operator()(double number) const {
    // JSON has no such numbers; a text keeps the line, which the reference loses.
    if (std::isfinite(number)) {
      out += format_go_json(number);
    } else {
      append_quoted(out, format_go_g(number), kJsonEscapes);
    }
  }
  void operator()(bool flag) const { out += flag ? "true" : "false"; }
};

}  // namespace

std::string encode_logfmt(std::span<const LogField> fields) {
  std::string line;
  for (const LogField& field : fields) {
    const std::string key = logfmt_key(field.key);
    if (key.empty()) {
      continue;
    }
    if (!line.empty()) {
      line += ' ';
    }
    line += key;
    line += '=';
    std::visit(LogfmtValue{line}, field.value.any());
  }
  line += '\n';
  return line;
}

std::string encode_json(std::span<const LogField> fields) {
  std::map<std::string_view, const LogValue*> last;
  for (const LogField& field : fields) {
    last[field.key] = &field.value;
  }
  std::string line = "{";
  for (const auto& [key, value] : last) {
    if (line.size() > 1) {
      line += ',';
    }
    append_quoted(line, key, kJsonEscapes);
    line += ':';
    std::visit(JsonValue{line}, value->any());
  }
  line += "}\n";
  return line;
}

}  // namespace strata::telemetry
