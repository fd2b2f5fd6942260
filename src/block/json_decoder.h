#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/ulid.h"
#include "block/json_tape.h"

namespace strata::block {

// Reads values of a tape into fields as Go's decoder does: null leaves a field as it is, a value of
// another type is a corrupt error that names the key.
class JsonDecoder {
 public:
  explicit JsonDecoder(const std::string& file) : file_(file) {}

  void read(std::string_view key, JsonView value, std::int64_t& out) const;
  void read(std::string_view key, JsonView value, std::uint64_t& out) const;
  void read(std::string_view key, JsonView value, int& out) const;
  void read(std::string_view key, JsonView value, bool& out) const;
  void read(std::string_view key, JsonView value, std::string& out) const;
  // A foreign character is an invalid error: Go reads it as another id.
  void read(std::string_view key, JsonView value, Ulid& out) const;

  // False for null, an error for anything but an object or array.
  bool enter_object(std::string_view key, JsonView value) const;
  bool enter_array(std::string_view key, JsonView value) const;

  [[noreturn]] void fail(std::string_view key, std::string_view wanted) const;
  [[noreturn]] void decline(std::string_view key, std::string_view why) const;

 private:
  const std::string& file_;
};

}  // namespace strata::block
