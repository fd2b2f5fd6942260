#include "block/json_decoder.h"

#include <fmt/format.h>

#include <charconv>
#include <limits>

#include "base/error.h"

namespace strata::block {
namespace {

template <class Integer>
bool parse_integer(JsonView value, Integer& out) {
  const auto text = value.text();
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return value.kind() == JsonKind::kNumber && error == std::errc() &&
         end == text.data() + text.size();
}

}  // namespace

void JsonDecoder::read(std::string_view key, JsonView value, std::int64_t& out) const {
  if (!value.is_null() && !parse_integer(value, out)) {
    fail(key, "an integer");
  }
}

void JsonDecoder::read(std::string_view key, JsonView value, std::uint64_t& out) const {
  if (!value.is_null() && !parse_integer(value, out)) {
    fail(key, "a whole number");
  }
}

void JsonDecoder::read(std::string_view key, JsonView value, int& out) const {
  std::int64_t wide = out;
  read(key, value, wide);
  if (wide < std::numeric_limits<int>::min() || wide > std::numeric_limits<int>::max()) {
    decline(key, "is out of range");
  }
  out = static_cast<int>(wide);
}

void JsonDecoder::read(std::string_view key, JsonView value, bool& out) const {
  if (value.is_null()) {
    return;
  }
  if (value.kind() != JsonKind::kTrue && value.kind() != JsonKind::kFalse) {
    fail(key, "true or false");
  }
  out = value.kind() == JsonKind::kTrue;
}

void JsonDecoder::read(std::string_view key, JsonView value, std::string& out) const {
  if (value.is_null()) {
    return;
  }
  if (value.kind() != JsonKind::kString) {
    fail(key, "a string");
  }
  out = value.text();
}

void JsonDecoder::read(std::string_view key, JsonView value, Ulid& out) const {
  if (value.is_null()) {
    return;
  }
  const auto text = value.text();
  if (value.kind() != JsonKind::kString || text.size() != Ulid::kTextSize || text[0] > '7') {
    fail(key, "a ULID");
  }
  const auto id = Ulid::parse(text);
  if (!id) {
    decline(key, "is not a ULID");
  }
  out = *id;
}

bool JsonDecoder::enter_object(std::string_view key, JsonView value) const {
  if (!value.is_null() && value.kind() != JsonKind::kObject) {
    fail(key, "an object");
  }
  return !value.is_null();
}

bool JsonDecoder::enter_array(std::string_view key, JsonView value) const {
  if (!value.is_null() && value.kind() != JsonKind::kArray) {
    fail(key, "an array");
  }
  return !value.is_null();
}

void JsonDecoder::fail(std::string_view key, std::string_view wanted) const {
  throw Error(ErrorKind::kCorrupt,
              key.empty() ? fmt::format("not {}", wanted) : fmt::format("{}: not {}", key, wanted),
              {.block = {}, .file = file_, .offset = {}});
}

void JsonDecoder::decline(std::string_view key, std::string_view why) const {
  throw Error(ErrorKind::kInvalid, fmt::format("{} {}", key, why),
              {.block = {}, .file = file_, .offset = {}});
}

}  // namespace strata::block
