#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "base/time.h"
#include "tsdb/index/rank_table.h"
#include "tsdb/index/sequential_reader.h"
#include "tsdb/index/toc.h"

namespace strata::tsdb {

// A label as one number: name rank << 32 | value rank. Order and equality are the label's.
using PackedLabel = std::uint64_t;

// Where a chunk lies and what it covers, as a series entry says it.
struct ChunkMeta {
  Timestamp min_time = 0;  // closed range, ms
  Timestamp max_time = 0;
  std::uint64_t ref = 0;  // segment number << 32 | offset of the record
};

// One series entry, its symbols as ranks.
struct SeriesEntry {
  std::uint64_t id = 0;             // as postings and tombstones name it
  std::uint64_t offset = 0;         // of the entry in the file
  std::vector<PackedLabel> labels;  // in the order stored
  std::vector<ChunkMeta> chunks;
};

// Decodes payloads, symbols straight to ranks.
class SeriesDecoder {
 public:
  explicit SeriesDecoder(RankTable ranks) : ranks_(std::move(ranks)) {}

  // Fills labels and chunks. `file` and entry.offset are for messages.
  void decode(Bytes payload, const ByteSource& file, SeriesEntry& entry);

 private:
  const std::uint8_t* decode_label(const std::uint8_t* at, const std::uint8_t* end,
                                   PackedLabel& label) const;

  RankTable ranks_;
};

// Walks the series section forwards, entry by entry.
//
//   zero padding to 16 (version 2) | uvarint length | payload | CRC-32C of the payload
//   payload: uvarint #labels | (uvarint name, uvarint value)... | uvarint #chunks
//            | varint mint, uvarint maxt-mint, uvarint ref
//            | (uvarint mint-previous maxt, uvarint maxt-mint, varint ref-previous ref)...
class SeriesReader {
 public:
  SeriesReader(const ByteSource& index, const Toc& toc, RankTable ranks, std::size_t window);

  // Reuses the vectors of `entry`. False at the end of the section.
  bool next(SeriesEntry& entry);

 private:
  SequentialReader reader_;
  std::uint64_t scale_;
  SeriesDecoder decoder_;
};

}  // namespace strata::tsdb
