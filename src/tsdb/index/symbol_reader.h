#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tsdb/index/sequential_reader.h"
#include "tsdb/index/toc.h"

namespace strata::tsdb {

// Walks the symbol table of an index once, in order.
//
//   BE32 length | BE32 count | count x (uvarint size, bytes) | CRC-32C of count and strings
//
// Checks lengths, the strict order that merging relies on, and the CRC behind the last symbol.
class SymbolReader {
 public:
  SymbolReader(const ByteSource& index, const Toc& toc, std::size_t window);

  std::uint32_t count() const { return count_; }
  // False behind the last symbol, once the CRC was found right.
  bool next();
  // Valid until the next call of next().
  std::string_view symbol() const { return symbol_; }
  // File offset of the symbol's length byte: what a version 1 index refers to.
  std::uint64_t offset() const { return offset_; }

 private:
  void finish();

  SequentialReader reader_;
  std::uint64_t section_end_ = 0;
  std::uint32_t count_ = 0;
  std::uint32_t read_ = 0;
  std::uint64_t offset_ = 0;
  std::string symbol_;
};

}  // namespace strata::tsdb
