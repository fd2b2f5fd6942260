#pragma once

#include <cstdint>
#include <vector>

#include "tsdb/index/symbol_reader.h"
#include "tsdb/index/toc.h"

namespace strata::tsdb {

// One input's symbol references as ranks in the union of all symbols: labels compare, hash and are
// written as integers, and no string is touched again. 4 bytes a symbol; 12 for version 1, whose
// references are file offsets.
class RankTable {
 public:
  explicit RankTable(const Toc& toc) : by_offset_(toc.version == 1) {}

  void reserve(std::size_t symbols) { ranks_.reserve(symbols); }
  // In the order of the table; ranks ascend.
  void add(const SymbolReader& symbol, std::uint32_t rank);
  // A reference that names no symbol gives kNone.
  std::uint32_t rank(std::uint64_t ref) const {
    if (by_offset_) {
      return rank_at_offset(ref);
    }
    return ref < ranks_.size() ? ranks_[static_cast<std::size_t>(ref)] : kNone;
  }

  static constexpr std::uint32_t kNone = ~std::uint32_t{0};  // no table has so many symbols

 private:
  std::uint32_t rank_at_offset(std::uint64_t ref) const;

  bool by_offset_;
  std::vector<std::uint32_t> ranks_;
  std::vector<std::uint64_t> offsets_;  // version 1 only, ascending
};

}  // namespace strata::tsdb
