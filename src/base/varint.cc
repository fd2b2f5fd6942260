#include "base/varint.h"

namespace strata {

const std::uint8_t* get_long_uvarint(const std::uint8_t* at, const std::uint8_t* end,
                                     std::uint64_t& value) {
  std::uint64_t result = 0;
  for (unsigned shift = 0; shift < 70; shift += 7) {
    if (at == end) {
      return nullptr;
    }
    const std::uint64_t byte = *at++;
    if (shift == 63 && byte > 1) {
      return nullptr;
    }
    result |= (byte & 0x7f) << shift;
    if (byte < 0x80) {
      value = result;
      return at;
    }
  }
  return nullptr;
}

}  // namespace strata
