#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace strata {

// CRC-32C (Castagnoli), the checksum of every framed section and chunk of a block.
// crc32c({}) is 0; crc32c_extend(crc32c(a), b) is the checksum of a followed by b.
std::uint32_t crc32c_extend(std::uint32_t crc, Bytes bytes);

inline std::uint32_t crc32c(Bytes bytes) {
  return crc32c_extend(0, bytes);
}

}  // namespace strata
