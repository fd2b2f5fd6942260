#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "block/json_tape.h"

namespace strata::block {

// Length of the UTF-8 sequence that `text` begins with; 0 when that is none.
std::size_t utf8_length(std::string_view text);

// Whether Go takes `key` for `name` (in ASCII): letter case aside, and with U+017F for s and U+212A
// for k.
bool key_matches(std::string_view key, std::string_view name);

// Quoted and escaped as Go's encoder does, HTML characters included.
void append_json_string(std::string& out, std::string_view text);
// `value` as compact JSON: members in their order, numbers as they stood.
void append_json(std::string& out, JsonView value);
// `value` as Go writes it after decoding it without a type: members sorted, the last of equal
// names, numbers as doubles.
void append_untyped_json(std::string& out, JsonView value);

// Tab-indented with a final newline, from compact and valid JSON.
std::string indent_json(std::string_view compact);

// A time as Go's JSON decoder takes it and writes it again; empty for what it refuses.
struct JsonTime {
  std::string text;       // "" for the zero time
  Timestamp unix_ms = 0;  // rounded down
};
std::optional<JsonTime> parse_json_time(std::string_view text);

}  // namespace strata::block
