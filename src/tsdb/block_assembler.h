#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tsdb/block_writer.h"
#include "tsdb/index/index_writer.h"
#include "tsdb/index/segment_writer.h"

namespace strata::tsdb {

// A chunk that was made ready for its segment file: everything about it but its reference.
struct ChunkRecord {
  Timestamp min_time = 0;
  Timestamp max_time = 0;
  std::uint32_t data_length = 0;
  std::uint32_t record_length = 0;
  std::uint32_t samples = 0;
  Encoding encoding = Encoding::kNone;
};

// Appends `uvarint length | encoding | data | CRC` to `out`.
ChunkRecord append_record(Buffer& out, const ChunkView& chunk);

// The part of writing a block that must happen in order: cuts segments, gives references, writes
// index entries, keeps the sums. Encoding labels and records is done before, on any thread.
class BlockAssembler {
 public:
  BlockAssembler(BlockSink& sink, const WriterOptions& options);

  void add_symbol(std::string_view symbol) { index_.add_symbol(symbol); }
  const IndexWriter& index() const { return index_; }

  // One series: its chunks in one or more calls, then its labels. `records` holds the chunks'
  // records one behind the other and is borrowed until flush(). A series without chunks is not
  // written.
  void begin_series();
  void add_chunks(Bytes records, std::span<const ChunkRecord> chunks);
  void end_series(std::span<const PackedLabel> labels, Bytes encoded_labels);
  void flush() { segments_.flush(); }
  const BlockStats& stats() const { return stats_; }
  WrittenBlock finish();

 private:
  void count(const ChunkRecord& chunk);
  void measure_gaps();

  SegmentWriter segments_;
  IndexWriter index_;
  BlockStats stats_;
  std::uint64_t chunk_max_size_ = 0;
  std::vector<ChunkMeta> metas_;
};

}  // namespace strata::tsdb
