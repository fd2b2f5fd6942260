#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace strata::block {

enum class JsonKind : std::uint8_t { kNull, kTrue, kFalse, kNumber, kString, kArray, kObject };

class JsonTape;

// One value of a tape, borrowed from it.
class JsonView {
 public:
  JsonView(const JsonTape& tape, std::uint32_t at) : tape_(&tape), at_(at) {}

  JsonKind kind() const;
  bool is_null() const { return kind() == JsonKind::kNull; }
  // A string decoded, a number as it was written.
  std::string_view text() const;
  void each_element(const std::function<void(JsonView)>& visit) const;
  // In order of appearance, names that are repeated included.
  void each_member(const std::function<void(std::string_view, JsonView)>& visit) const;

 private:
  const JsonTape* tape_;
  std::uint32_t at_;
};

// A JSON document as Go's decoder reads it: invalid UTF-8 and lone surrogates in strings become
// U+FFFD. Sixteen bytes per value whatever its kind, so that a hostile document costs little more
// than its length.
class JsonTape {
 public:
  static constexpr std::size_t kMaxDepth = 500;

  // Throws corrupt with the byte offset; invalid for what is too large, too deep or a number beyond
  // a double.
  JsonTape(std::string_view json, const std::string& file, std::uint64_t limit);

  JsonView root() const { return {*this, 0}; }

 private:
  friend class JsonView;
  friend class TapeWriter;

  struct Token {
    JsonKind kind;
    std::uint32_t text = 0;  // into text_
    std::uint32_t length = 0;
    std::uint32_t next = 0;  // of what follows this value and all that is in it
  };

  std::vector<Token> tokens_;  // an object's members are a string and a value each
  std::string text_;
};

}  // namespace strata::block
