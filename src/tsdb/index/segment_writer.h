#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "tsdb/byte_source.h"

namespace strata::tsdb {

inline constexpr std::uint32_t kSegmentMagic = 0x85BD40DD;
inline constexpr std::uint64_t kSegmentHeaderSize = 8;

// Cuts chunk records into segment files as the reference's writer does and numbers them.
//
//   BE32 magic | version 1 | 3 zero bytes | records: uvarint length | encoding | data | CRC-32C of
//   encoding and data
class SegmentWriter {
 public:
  SegmentWriter(BlockSink& sink, std::uint64_t segment_size);
  ~SegmentWriter();

  // A new series begins: the cutting rule counts per series.
  void begin_series() {
    estimate_ = 0;
    cut_in_series_ = false;
    size_at_series_ = size_;
  }
  // Where the next record of this series goes: gives its reference. `data_length` is without the
  // encoding byte; `record` is the whole record. Records of one segment that lie behind each other
  // in memory are written at once.
  std::uint64_t add(std::uint64_t data_length, Bytes record);
  // Hands everything to the sink: whatever add() borrowed may go.
  void flush();
  void finish();

  // Sizes of the segments, in order.
  const std::vector<std::uint64_t>& sizes() const { return sizes_; }

 private:
  void cut();

  BlockSink& sink_;
  std::uint64_t segment_size_;
  std::unique_ptr<ByteSink> file_;
  std::uint32_t number_ = 0;
  std::uint64_t size_ = 0;  // of the open segment; 0: none
  std::uint64_t size_at_series_ = 0;
  std::uint64_t estimate_ = 0;
  bool cut_in_series_ = false;
  Bytes pending_;
  std::vector<std::uint64_t> sizes_;
};

}  // namespace strata::tsdb
