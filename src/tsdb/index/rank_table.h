#pragma once

#include <cstdint>
#include <vector>

#include "tsdb/byte_source.h"
#include "tsdb/index/postings_builder.h"
#include "tsdb/index/series_reader.h"
#include "tsdb/index/symbol_reader.h"

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
  // Packs the entry's label pairs. A reference that names no symbol is a corrupt error.
  void translate(const SeriesEntry& entry, const ByteSource& index,
                 std::vector<PackedLabel>& labels) const;

 private:
  std::uint32_t rank_at_offset(std::uint64_t ref, const SeriesEntry& entry,
                               const ByteSource& index) const;
  [[noreturn]] static void fail(std::uint64_t ref, const SeriesEntry& entry,
                                const ByteSource& index);

  bool by_offset_;
  std::vector<std::uint32_t> ranks_;
  std::vector<std::uint64_t> offsets_;  // version 1 only, ascending
};

}  // namespace strata::tsdb
