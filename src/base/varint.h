#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

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

inline std::uint64_t load_le64(const std::uint8_t* at) {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, at, sizeof bytes);
  return std::endian::native == std::endian::little ? bytes : std::byteswap(bytes);
}

// The low 7 bits of 8 bytes as one number, first byte lowest: groups are moved together, pair by
// pair.
inline std::uint64_t pack_groups(std::uint64_t bytes) {
  bytes = (bytes & 0x007f007f007f007f) | (bytes & 0x7f007f007f007f00) >> 1;
  bytes = (bytes & 0x00003fff00003fff) | (bytes & 0x3fff00003fff0000) >> 2;
  return (bytes & 0x000000000fffffff) | (bytes & 0x0fffffff00000000) >> 4;
}

// Two neighbouring uvarints out of 8 readable bytes: returns how many they take, 0 if they need
// more than 8.
inline std::size_t get_uvarint_pair(const std::uint8_t* at, std::uint64_t& first,
                                    std::uint64_t& second) {
  const std::uint64_t bytes = load_le64(at);
  const std::uint64_t stops = ~bytes & 0x8080808080808080;
  const std::uint64_t later = stops & (stops - 1);
  if (later == 0) {
    return 0;
  }
  const int end = std::countr_zero(stops) + 1;
  first = pack_groups(bytes & (stops ^ (stops - 1)));
  second = pack_groups((bytes & (later ^ (later - 1))) >> end);
  return static_cast<std::size_t>(std::countr_zero(later) + 1) / 8;
}

// One of more than 8 bytes, or near the end of what may be read.
const std::uint8_t* get_long_uvarint(const std::uint8_t* at, const std::uint8_t* end,
                                     std::uint64_t& value);

// Reads one uvarint from [at, end) and returns the byte behind it, or nullptr when the bytes end
// early or the value does not fit 64 bits.
inline const std::uint8_t* get_uvarint(const std::uint8_t* at, const std::uint8_t* end,
                                       std::uint64_t& value) {
  if (end - at < 8) {
    return get_long_uvarint(at, end, value);
  }
  const std::uint64_t bytes = load_le64(at);
  if ((bytes & 0x80) == 0) {
    value = bytes & 0x7f;
    return at + 1;
  }
  // The lowest byte without a continuation bit ends it; then groups of 7 bits are moved together,
  // pair by pair.
  const std::uint64_t stops = ~bytes & 0x8080808080808080;
  if (stops == 0) {
    return get_long_uvarint(at, end, value);
  }
  value = pack_groups(bytes & (stops ^ (stops - 1)));
  return at + (std::countr_zero(stops) + 1) / 8;
}

inline const std::uint8_t* get_varint(const std::uint8_t* at, const std::uint8_t* end,
                                      std::int64_t& value) {
  std::uint64_t raw = 0;
  at = get_uvarint(at, end, raw);
  value = unzigzag(raw);
  return at;
}

}  // namespace strata
