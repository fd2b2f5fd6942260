#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/time.h"
#include "base/varint.h"
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
  std::size_t shared_labels = 0;    // leading ones that the entry read before it has too, or fewer
  std::vector<ChunkMeta> chunks;
};

// Reads varints of a payload; once one is bad, `ok` stays false and nothing more is read.
struct PayloadReader {
  const std::uint8_t* at;
  const std::uint8_t* end;
  const std::uint8_t* readable;  // end of the memory that may be looked at
  bool ok = true;

  std::uint64_t uvarint() {
    std::uint64_t value = 0;
    if (ok) {
      const std::uint8_t* behind = get_uvarint(at, readable, value);
      ok = behind != nullptr && behind <= end;
      at = ok ? behind : end;
    }
    return value;
  }
  std::int64_t varint() { return unzigzag(uvarint()); }
  bool is_word_readable() const { return readable - at >= 8; }
  std::size_t left() const { return static_cast<std::size_t>(end - at); }
};

// Decodes payloads, symbols straight to ranks.
class SeriesDecoder {
 public:
  explicit SeriesDecoder(RankTable ranks) : ranks_(std::move(ranks)) {}

  // Fills labels and chunks. `window` begins with the payload; the more of it lies behind, the
  // fewer fields are read byte by byte. `file` and entry.offset are for messages.
  void decode(Bytes window, std::size_t payload, const ByteSource& file, SeriesEntry& entry);

 private:
  // The label that stood at this place last time, and its bytes: neighbours in label order share
  // most of theirs, and comparing is cheaper than decoding.
  struct Seen {
    std::uint64_t bytes = 1;  // masked; no masked word is equal to these first ones
    std::uint64_t mask = 0;
    std::size_t length = 0;
    PackedLabel label = 0;
  };

  bool decode_label(PayloadReader& in, Seen& seen) const;

  RankTable ranks_;
  std::array<Seen, 64> seen_;   // by place; later places share the last
  std::size_t last_count_ = 0;  // labels of the last entry
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
