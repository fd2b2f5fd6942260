#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "tsdb/byte_source.h"

namespace strata::tsdb {

// Reads [begin, end) of a source forwards through one bounded window, and sums the CRC-32C of all
// that it passes. Everything it hands out is borrowed and valid until the next call.
class SequentialReader {
 public:
  enum class Checksum { kNone, kSum };

  SequentialReader(const ByteSource& source, std::uint64_t begin, std::uint64_t end,
                   std::size_t window, Checksum checksum = Checksum::kSum);

  // Absolute offset of the next byte.
  std::uint64_t offset() const { return window_offset_ + at_; }
  std::uint64_t end() const { return end_; }
  std::uint64_t remaining() const { return end_ - offset(); }
  const ByteSource& source() const { return *source_; }

  // The next bytes, at least `wanted` unless the range ends before; consumes nothing. `wanted`
  // beyond the window grows it: check untrusted lengths against remaining() first.
  Bytes peek(std::size_t wanted) {
    if (filled_ - at_ < wanted) {
      refill(wanted);
    }
    return {buffer_.data() + at_, filled_ - at_};
  }
  void skip(std::size_t count) { at_ += count; }  // at most what peek() showed

  // Exactly `count` bytes, or a corrupt error that names what was being read.
  Bytes take(std::size_t count, const char* what);
  std::uint64_t uvarint(const char* what);
  std::uint32_t be32(const char* what);
  // A string behind its uvarint length, which must fit the range.
  std::string_view string(const char* what);

  // Of all bytes from `begin` up to the window's end; call at the end of the range.
  std::uint32_t crc() const { return crc_; }

  [[noreturn]] void corrupt(const std::string& message) const;

 private:
  void refill(std::size_t wanted);

  const ByteSource* source_;
  std::uint64_t end_;
  std::uint64_t window_offset_;  // absolute offset of buffer_[0]
  std::size_t at_ = 0;
  std::size_t filled_ = 0;
  std::size_t window_;
  bool sum_;
  std::uint32_t crc_ = 0;
  Buffer buffer_;
};

}  // namespace strata::tsdb
