#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace strata {

// Go's encoding/binary varints: 7 bits a byte, least significant first; signed ones are zig-zag.
inline constexpr std::size_t kMaxVarintSize = 10;

inline std::uint8_t* put_uvarint(std::uint8_t* at, std::uint64_t value) {
  while (value >= 0x80) {
    *at++ = static_cast<std::uint8_t>(value | 0x80);
    value >>= 7;
  }
  *at++ = static_cast<std::uint8_t>(value);
  return at;
}

inline std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}

inline std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

inline std::uint8_t* put_varint(std::uint8_t* at, std::int64_t value) {
  return put_uvarint(at, zigzag(value));
}

inline std::size_t uvarint_size(std::uint64_t value) {
  std::size_t size = 1;
  while (value >= 0x80) {
    value >>= 7;
    ++size;
  }
  return size;
}

inline void append_uvarint(Buffer& out, std::uint64_t value) {
  std::uint8_t raw[kMaxVarintSize];
  const std::uint8_t* end = put_uvarint(raw, value);
  append(out, Bytes(raw, end));
}

inline void append_varint(Buffer& out, std::int64_t value) {
  append_uvarint(out, zigzag(value));
}

// Reads one uvarint from [at, end) and returns the byte behind it, or nullptr when the bytes end
// early or the value does not fit 64 bits.
inline const std::uint8_t* get_uvarint(const std::uint8_t* at, const std::uint8_t* end,
                                       std::uint64_t& value) {
  // Nearly all are short: up to three bytes without a loop.
  if (end - at >= 3) {
    std::uint64_t result = at[0];
    if (result < 0x80) {
      value = result;
      return at + 1;
    }
    result = (result & 0x7f) | static_cast<std::uint64_t>(at[1]) << 7;
    if (at[1] < 0x80) {
      value = result;
      return at + 2;
    }
    if (at[2] < 0x80) {
      value = (result & 0x3fff) | static_cast<std::uint64_t>(at[2]) << 14;
      return at + 3;
    }
  }
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

inline const std::uint8_t* get_varint(const std::uint8_t* at, const std::uint8_t* end,
                                      std::int64_t& value) {
  std::uint64_t raw = 0;
  at = get_uvarint(at, end, raw);
  value = unzigzag(raw);
  return at;
}

}  // namespace strata
