#include "tsdb/chunk/testing/hex.h"

#include <fmt/format.h>

namespace strata::tsdb::testing {

Buffer from_hex(std::string_view hex) {
  Buffer out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    out.push_back(
        static_cast<std::uint8_t>(std::stoul(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return out;
}

std::string to_hex(Bytes bytes) {
  std::string out;
  for (const std::uint8_t byte : bytes) {
    out += fmt::format("{:02x}", byte);
  }
  return out;
}

}  // namespace strata::tsdb::testing
