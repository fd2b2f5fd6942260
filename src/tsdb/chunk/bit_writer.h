#pragma once

#include <algorithm>
#include <cstdint>

#include "base/big_endian.h"
#include "base/bytes.h"
#include "base/varint.h"

namespace strata::tsdb {

// Writes bits, most significant first, to memory of the caller: at most 7 bits wait between calls,
// and every call stores 8 bytes, so keep kSlack bytes free behind what is written.
class BitWriter {
 public:
  static constexpr std::size_t kSlack = 8;

  explicit BitWriter(std::uint8_t* at) : at_(at) {}

  // The low `count` bits of `bits`, 1 to 56; the bits above them must be zero.
  void put_short(std::uint64_t bits, unsigned count) {
    pending_ |= bits << (64 - fill_ - count);
    store_be(at_, pending_);
    const unsigned total = fill_ + count;
    at_ += total / 8;
    pending_ <<= total & 0x38;
    fill_ = total & 7;
  }

  // The low `count` bits of `bits`, 1 to 64; those above do not matter.
  void put(std::uint64_t bits, unsigned count) {
    if (count > 32) {
      put_short((bits >> 32) & (~std::uint64_t{0} >> (96 - count)), count - 32);
      count = 32;
    }
    put_short(bits & (~std::uint64_t{0} >> (64 - count)), count);
  }

  void put_varint(std::int64_t value) { put_uvarint(zigzag(value)); }
  void put_uvarint(std::uint64_t value) {
    while (value >= 0x80) {
      put_short((value & 0x7f) | 0x80, 8);
      value >>= 7;
    }
    put_short(value, 8);
  }

  // Behind the last byte that holds a bit; the rest of that byte is zero.
  std::uint8_t* end() const { return at_ + (fill_ != 0 ? 1 : 0); }

  // Goes on at the same distance from `base` in a copy of the memory at `copy`.
  void move(const std::uint8_t* base, std::uint8_t* copy) { at_ = copy + (at_ - base); }

 private:
  std::uint8_t* at_;
  std::uint64_t pending_ = 0;  // the waiting bits are at the top, zeros below
  unsigned fill_ = 0;
};

// A reusable buffer that grows. Call make_room() before the bits of each sample.
class GrowingBitWriter {
 public:
  GrowingBitWriter() : bits_(nullptr) {}

  // `header` bytes at the front are left for the caller to fill.
  void restart(std::size_t header) {
    header_ = header;
    if (buffer_.size() < header + BitWriter::kSlack) {
      buffer_.resize(kFirstSize);
    }
    bits_ = BitWriter(buffer_.data() + header);
  }

  BitWriter& make_room(std::size_t bytes) {
    const std::size_t used = static_cast<std::size_t>(bits_.end() - buffer_.data());
    if (buffer_.size() - used < bytes + BitWriter::kSlack) {
      Buffer larger(std::max(buffer_.size() * 2, used + bytes + BitWriter::kSlack));
      std::copy_n(buffer_.data(), used, larger.data());
      bits_.move(buffer_.data(), larger.data());
      buffer_ = std::move(larger);
    }
    return bits_;
  }

  std::uint8_t* header() { return buffer_.data(); }
  Bytes bytes() const { return {buffer_.data(), bits_.end()}; }

 private:
  static constexpr std::size_t kFirstSize = 4096;

  Buffer buffer_;
  BitWriter bits_;
  std::size_t header_ = 0;
};

}  // namespace strata::tsdb
