#pragma once

#include <cstdint>
#include <vector>

#include "base/time.h"
#include "tsdb/index/sequential_reader.h"
#include "tsdb/index/toc.h"

namespace strata::tsdb {

// Where a chunk lies and what it covers, as a series entry says it.
struct ChunkMeta {
  Timestamp min_time = 0;  // closed range, ms
  Timestamp max_time = 0;
  std::uint64_t ref = 0;  // segment number << 32 | offset of the record
};

// One series entry, its references still those of its own symbol table.
struct SeriesEntry {
  std::uint64_t id = 0;                   // as postings and tombstones name it
  std::uint64_t offset = 0;               // of the entry in the file
  std::vector<std::uint64_t> label_refs;  // name, value, name, value ...
  std::vector<ChunkMeta> chunks;
};

// Walks the series section forwards, entry by entry.
//
//   zero padding to 16 (version 2) | uvarint length | payload | CRC-32C of the payload
//   payload: uvarint #labels | (uvarint name, uvarint value)... | uvarint #chunks
//            | varint mint, uvarint maxt-mint, uvarint ref
//            | (uvarint mint-previous maxt, uvarint maxt-mint, varint ref-previous ref)...
class SeriesReader {
 public:
  SeriesReader(const ByteSource& index, const Toc& toc, std::size_t window);

  // Reuses the vectors of `entry`. False at the end of the section.
  bool next(SeriesEntry& entry);

 private:
  SequentialReader reader_;
  std::uint64_t scale_;
};

// Decodes one payload. `offset` is for messages.
void parse_series(Bytes payload, const ByteSource& file, std::uint64_t offset, SeriesEntry& entry);

}  // namespace strata::tsdb
