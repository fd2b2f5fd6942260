#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "tsdb/chunk/bit_reader.h"
#include "tsdb/chunk/bit_writer.h"

namespace strata::tsdb {

// Payload widths after 0, 1, … 8 leading one bits.
inline constexpr std::array<std::uint8_t, 9> kVarbitWidth = {0, 3, 6, 9, 12, 18, 25, 56, 64};

// An upper bound of the bits of one varbit or of one XOR value.
inline constexpr std::size_t kMaxFieldBits = 77;

// Values of k bits stand for -(2^(k-1)-1) … 2^(k-1).
constexpr std::int64_t shifted_signed(std::uint64_t payload, unsigned width) {
  if (width < 64 && payload > (std::uint64_t{1} << (width - 1))) {
    payload -= std::uint64_t{1} << width;
  }
  return static_cast<std::int64_t>(payload);
}

inline bool fits_shifted(std::int64_t value, unsigned width) {
  const std::int64_t half = std::int64_t{1} << (width - 1);
  return value > -half && value <= half;
}

// Up to this many leading ones, prefix and payload come with one peek().
inline constexpr unsigned kShortVarbitOnes = 6;

// The payload, right-aligned, and its width.
inline std::uint64_t read_varbit_payload(BitReader& in, unsigned& width) {
  const std::uint64_t bits = in.peek();
  const auto ones = static_cast<unsigned>(std::countl_one(bits));
  if (ones > kShortVarbitOnes) [[unlikely]] {
    width = kVarbitWidth[in.read_ones(8)];
    return in.read(width);
  }
  width = kVarbitWidth[ones];
  in.skip(ones + 1 + width);
  return (bits << (ones + 1)) >> (63 - width) >> 1;
}

inline std::uint64_t read_varbit_unsigned(BitReader& in) {
  unsigned width = 0;
  return read_varbit_payload(in, width);
}

inline std::int64_t read_varbit(BitReader& in) {
  unsigned width = 0;
  const std::uint64_t payload = read_varbit_payload(in, width);
  return width == 0 ? 0 : shifted_signed(payload, width);
}

inline void put_varbit_row(BitWriter& out, unsigned row, std::uint64_t payload) {
  if (row == 8) {
    out.put_short(0xff, 8);
    out.put(payload, 64);
    return;
  }
  out.put_short((1u << (row + 1)) - 2, row + 1);
  out.put(payload, kVarbitWidth[row]);
}

inline void put_varbit_unsigned(BitWriter& out, std::uint64_t value) {
  if (value == 0) {
    out.put_short(0, 1);
    return;
  }
  const auto width = static_cast<unsigned>(std::bit_width(value));
  unsigned row = 1;
  while (kVarbitWidth[row] < width) {
    ++row;
  }
  put_varbit_row(out, row, value);
}

inline void put_varbit(BitWriter& out, std::int64_t value) {
  if (value == 0) {
    out.put_short(0, 1);
    return;
  }
  unsigned row = 1;
  while (row < 8 && !fits_shifted(value, kVarbitWidth[row])) {
    ++row;
  }
  put_varbit_row(out, row, static_cast<std::uint64_t>(value));
}

}  // namespace strata::tsdb
