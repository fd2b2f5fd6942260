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
  bool skip_padding();

  SequentialReader reader_;
  std::uint64_t scale_;
};

// Decodes one payload. `offset` is for messages.
void parse_series(Bytes payload, const ByteSource& file, std::uint64_t offset, SeriesEntry& entry);

// The list of all series, ids ascending, beside the scan: both must tell the same.
class AllSeriesReader {
 public:
  // `offset`: of the list's length field.
  AllSeriesReader(const ByteSource& index, const Toc& toc, std::uint64_t offset,
                  std::size_t window);

  std::uint32_t count() const { return count_; }
  bool next(std::uint64_t& id);

 private:
  SequentialReader reader_;
  std::uint64_t payload_end_;
  std::uint32_t count_ = 0;
  std::uint32_t read_ = 0;
};

// Offset of the list of all series ("" = "") in the postings offset table. A version 2 table starts
// with it; in version 1 it may stand anywhere.
std::uint64_t find_all_series(const ByteSource& index, const Toc& toc, std::size_t window);

}  // namespace strata::tsdb
