#pragma once

#include <cstdint>

#include "base/big_endian.h"
#include "tsdb/index/sequential_reader.h"
#include "tsdb/index/toc.h"

namespace strata::tsdb {

// Walks one posting list and checks its length and CRC; ids are given as they stand.
//
//   BE32 length | BE32 count | count x BE32 series id | CRC-32C of count and ids
class PostingsReader {
 public:
  // `offset`: of the list's length field.
  PostingsReader(const ByteSource& index, const Toc& toc, std::uint64_t offset, std::size_t window);

  std::uint32_t count() const { return count_; }
  // False behind the last id, once the CRC was found right.
  bool next(std::uint64_t& id) {
    if (read_ == count_) {
      finish();
      return false;
    }
    const Bytes bytes = reader_.peek(sizeof(std::uint32_t));
    id = load_be<std::uint32_t>(bytes.data());
    reader_.skip(sizeof(std::uint32_t));
    ++read_;
    return true;
  }

 private:
  void finish() const;

  SequentialReader reader_;
  std::uint64_t payload_end_;
  std::uint32_t count_ = 0;
  std::uint32_t read_ = 0;
};

// Offset of the list of all series ("" = "") in the postings offset table. A version 2 table starts
// with it; in version 1 it may stand anywhere.
std::uint64_t find_all_series(const ByteSource& index, const Toc& toc, std::size_t window);

}  // namespace strata::tsdb
