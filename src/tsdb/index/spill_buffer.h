#pragma once

#include <cstdint>
#include <filesystem>

#include "base/bytes.h"
#include "base/file.h"

namespace strata::tsdb {

// Append-only bytes that move to an unnamed file once they outgrow `memory`. Written once, then
// read at will.
class SpillBuffer {
 public:
  SpillBuffer(std::filesystem::path directory, std::size_t memory);

  void append(Bytes bytes);
  std::uint64_t size() const { return spilled_ + tail_.size(); }
  bool in_memory() const { return spilled_ == 0; }
  // Fills `out` from `offset`, which the caller knows to be inside size().
  void read_at(std::uint64_t offset, MutableBytes out) const;
  // Everything in order, in pieces.
  template <class Visit>
  void for_each(Visit&& visit) const {
    Buffer piece(std::min<std::uint64_t>(spilled_, kPiece));
    for (std::uint64_t at = 0; at < spilled_;) {
      const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(spilled_ - at, kPiece));
      read_at(at, MutableBytes(piece).first(n));
      visit(Bytes(piece).first(n));
      at += n;
    }
    visit(Bytes(tail_));
  }

 private:
  static constexpr std::size_t kPiece = 64 << 10;

  void spill();

  std::filesystem::path directory_;
  std::size_t memory_;
  File file_;
  std::uint64_t spilled_ = 0;
  Buffer tail_;
};

}  // namespace strata::tsdb
