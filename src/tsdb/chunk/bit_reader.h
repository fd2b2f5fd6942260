#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "base/big_endian.h"
#include "base/bytes.h"
#include "tsdb/chunk/corrupt_chunk.h"

namespace strata::tsdb {

// Reads a chunk's bit stream, most significant bit first. Running past the end is a corrupt error.
class BitReader {
 public:
  BitReader(Encoding encoding, Bytes data) : data_(data), encoding_(encoding) {}

  std::size_t bits_left() const { return data_.size() * 8 - position_; }
  std::size_t position() const { return position_; }
  Encoding encoding() const { return encoding_; }

  // 1 to 64 bits, in the low bits of the result.
  std::uint64_t read(unsigned count) {
    if (count > bits_left()) {
      throw_corrupt_chunk(encoding_, "stream ends early");
    }
    const std::size_t byte = position_ / 8;
    const unsigned offset = position_ % 8;
    std::uint64_t bits = load(byte) << offset;
    if (count + offset > 64) {
      bits |= data_[byte + 8] >> (8 - offset);
    }
    position_ += count;
    return bits >> (64 - count);
  }

  bool read_bit() { return read(1) != 0; }

  // At least kPeekBits bits from here on at the top of the result; zeros stand for those behind the
  // end.
  static constexpr unsigned kPeekBits = 57;
  std::uint64_t peek() const { return load(position_ / 8) << (position_ % 8); }

  void skip(std::size_t count) {
    if (count > bits_left()) {
      throw_corrupt_chunk(encoding_, "stream ends early");
    }
    position_ += count;
  }

  // Leading one bits, at most `limit`, and the zero bit that ends them when there are fewer.
  unsigned read_ones(unsigned limit) {
    const unsigned ones = std::min(static_cast<unsigned>(std::countl_one(peek())), limit);
    skip(ones < limit ? ones + 1 : ones);
    return ones;
  }

  std::uint64_t read_uvarint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
      const std::uint64_t byte = read(8);
      if (shift == 63 && byte > 1) {
        break;
      }
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        return value;
      }
    }
    throw_corrupt_chunk(encoding_, "varint overflows 64 bits");
  }

  std::int64_t read_varint() {
    const std::uint64_t raw = read_uvarint();
    return static_cast<std::int64_t>(raw >> 1) ^ -static_cast<std::int64_t>(raw & 1);
  }

  [[noreturn]] void fail(std::string_view reason) const { throw_corrupt_chunk(encoding_, reason); }

 private:
  std::uint64_t load(std::size_t byte) const {
    if (byte + 8 <= data_.size()) {
      return load_be<std::uint64_t>(data_.data() + byte);
    }
    std::uint64_t bits = 0;
    for (std::size_t i = byte; i < data_.size(); ++i) {
      bits |= std::uint64_t{data_[i]} << (56 - 8 * (i - byte));
    }
    return bits;
  }

  Bytes data_;
  std::size_t position_ = 0;
  Encoding encoding_;
};

}  // namespace strata::tsdb
