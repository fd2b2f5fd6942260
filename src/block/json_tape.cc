#include "block/json_tape.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.h"
#include "block/json_text.h"

namespace strata::block {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

std::optional<unsigned> escaped_unit(std::string_view text, std::size_t at) {
  if (text.size() < at + 6 || text[at] != '\\' || text[at + 1] != 'u') {
    return std::nullopt;
  }
  unsigned value = 0;
  for (const char c : text.substr(at + 2, 4)) {
    const bool is_digit = c >= '0' && c <= '9';
    const char lower = static_cast<char>(c | 0x20);
    if (!is_digit && (lower < 'a' || lower > 'f')) {
      return std::nullopt;
    }
    value = value * 16 + static_cast<unsigned>(is_digit ? c - '0' : lower - 'a' + 10);
  }
  return value;
}

bool is_high_surrogate(unsigned unit) {
  return unit >= 0xD800 && unit < 0xDC00;
}
bool is_low_surrogate(unsigned unit) {
  return unit >= 0xDC00 && unit < 0xE000;
}

// Copies the escape at `at` and returns its length.
std::size_t copy_escape(std::string_view json, std::size_t at, std::string& out) {
  std::size_t length = std::min<std::size_t>(2, json.size() - at);
  if (const auto unit = escaped_unit(json, at)) {
    length = 6;
    if (is_high_surrogate(*unit)) {
      if (const auto low = escaped_unit(json, at + 6); low && is_low_surrogate(*low)) {
        length = 12;
      } else {
        out += "\\ufffd";
        return length;
      }
    } else if (is_low_surrogate(*unit)) {
      out += "\\ufffd";
      return length;
    }
  }
  out += json.substr(at, length);
  return length;
}

// The library refuses what Go replaces.
std::string replace_broken_text(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  bool in_string = false;
  for (std::size_t i = 0; i < json.size();) {
    const char c = json[i];
    if (in_string && c == '\\') {
      i += copy_escape(json, i, out);
    } else if (in_string && static_cast<unsigned char>(c) >= 0x80) {
      const std::size_t length = utf8_length(json.substr(i));
      out += length == 0 ? kReplacement : json.substr(i, length);
      i += std::max<std::size_t>(length, 1);
    } else {
      in_string = (c == '"') != in_string;
      out += c;
      ++i;
    }
  }
  return out;
}

}  // namespace

// What the library's parser calls; a false answer ends it.
class TapeWriter {
 public:
  explicit TapeWriter(JsonTape& tape) : tape_(tape) {}

  bool null() { return scalar(JsonKind::kNull, {}); }
  bool boolean(bool value) { return scalar(value ? JsonKind::kTrue : JsonKind::kFalse, {}); }
  // Only numbers with a sign come here.
  bool number_integer(std::int64_t value) {
    return scalar(JsonKind::kNumber, value == 0 ? "-0" : std::to_string(value));
  }
  bool number_unsigned(std::uint64_t value) {
    return scalar(JsonKind::kNumber, std::to_string(value));
  }
  bool number_float(double /*value*/, const std::string& text) {
    return scalar(JsonKind::kNumber, text);
  }
  bool string(const std::string& value) { return scalar(JsonKind::kString, value); }
  bool binary(nlohmann::json::binary_t& /*value*/) { return false; }
  bool key(const std::string& value) { return scalar(JsonKind::kString, value); }
  bool start_object(std::size_t /*size*/) { return open(JsonKind::kObject); }
  bool start_array(std::size_t /*size*/) { return open(JsonKind::kArray); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& error) {
    constexpr int kNumberOutOfRange = 406;
    out_of_range_ = error.id == kNumberOutOfRange;
    offset_ = position == 0 ? 0 : position - 1;
    return false;
  }

  bool too_deep() const { return too_deep_; }
  bool out_of_range() const { return out_of_range_; }
  std::size_t offset() const { return offset_; }

 private:
  bool scalar(JsonKind kind, std::string_view text) {
    const auto begin = static_cast<std::uint32_t>(tape_.text_.size());
    tape_.text_ += text;
    const auto next = static_cast<std::uint32_t>(tape_.tokens_.size() + 1);
    tape_.tokens_.push_back({kind, begin, static_cast<std::uint32_t>(text.size()), next});
    return true;
  }

  bool open(JsonKind kind) {
    if (open_.size() == JsonTape::kMaxDepth) {
      too_deep_ = true;
      return false;
    }
    open_.push_back(tape_.tokens_.size());
    tape_.tokens_.push_back({.kind = kind});
    return true;
  }

  bool close() {
    tape_.tokens_[open_.back()].next = static_cast<std::uint32_t>(tape_.tokens_.size());
    open_.pop_back();
    return true;
  }

  JsonTape& tape_;
  std::vector<std::size_t> open_;
  std::size_t offset_ = 0;
  bool too_deep_ = false;
  bool out_of_range_ = false;
};

JsonTape::JsonTape(std::string_view json, const std::string& file, std::uint64_t limit) {
  const ErrorPlace place{.block = {}, .file = file, .offset = {}};
  if (json.size() > limit) {
    throw Error(ErrorKind::kInvalid,
                fmt::format("{} bytes, more than the {} that are read", json.size(), limit), place);
  }
  // A byte order mark is skipped by the library but not by Go.
  if (json.starts_with("\xEF\xBB\xBF")) {
    throw_corrupt("not valid JSON", file, 0);
  }
  const std::string clean = replace_broken_text(json);
  TapeWriter writer(*this);
  if (nlohmann::json::sax_parse(clean, &writer)) {
    return;
  }
  if (writer.too_deep()) {
    throw Error(ErrorKind::kInvalid, fmt::format("JSON nested deeper than {} levels", kMaxDepth),
                place);
  }
  if (writer.out_of_range()) {
    throw Error(ErrorKind::kInvalid, "a number beyond the range of a double", place);
  }
  throw_corrupt("not valid JSON", file, std::min(writer.offset(), json.size()));
}

JsonKind JsonView::kind() const {
  return tape_->tokens_[at_].kind;
}

std::string_view JsonView::text() const {
  const auto& token = tape_->tokens_[at_];
  return std::string_view(tape_->text_).substr(token.text, token.length);
}

void JsonView::each_element(const std::function<void(JsonView)>& visit) const {
  const auto& tokens = tape_->tokens_;
  for (std::uint32_t i = at_ + 1; i < tokens[at_].next; i = tokens[i].next) {
    visit({*tape_, i});
  }
}

void JsonView::each_member(const std::function<void(std::string_view, JsonView)>& visit) const {
  const auto& tokens = tape_->tokens_;
  for (std::uint32_t i = at_ + 1; i < tokens[at_].next; i = tokens[i + 1].next) {
    visit(JsonView(*tape_, i).text(), {*tape_, i + 1});
  }
}

}  // namespace strata::block
