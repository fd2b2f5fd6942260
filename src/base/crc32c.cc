#include "base/crc32c.h"

#include <isa-l/crc.h>

#include <algorithm>

namespace strata {

std::uint32_t crc32c_extend(std::uint32_t crc, Bytes bytes) {
  // ISA-L takes an int length and a pointer that it does not write through.
  constexpr std::size_t kStep = std::size_t{1} << 30;
  std::uint32_t state = ~crc;
  while (!bytes.empty()) {
    const std::size_t n = std::min(bytes.size(), kStep);
    state = crc32_iscsi(const_cast<unsigned char*>(bytes.data()), static_cast<int>(n), state);
    bytes = bytes.subspan(n);
  }
  return ~state;
}

}  // namespace strata
