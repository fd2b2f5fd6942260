#include "tsdb/block_assembler.h"

#include <algorithm>

#include "base/big_endian.h"
#include "base/varint.h"
#include "tsdb/file_block.h"

namespace strata::tsdb {
namespace {

IndexWriter::Options index_options(const WriterOptions& options) {
  return {.spill_directory = options.spill_directory,
          .symbols_memory = static_cast<std::size_t>(options.postings_memory / 4),
          .postings_memory = static_cast<std::size_t>(options.postings_memory)};
}

}  // namespace

ChunkRecord append_record(Buffer& out, const ChunkView& chunk) {
  const std::size_t before = out.size();
  const std::size_t length = chunk.data.size();
  if (!chunk.record.empty()) {
    append(out, chunk.record);
  } else {
    out.resize(before + uvarint_size(length) + 1 + length + 4);
    std::uint8_t* at = put_uvarint(out.data() + before, length);
    *at++ = static_cast<std::uint8_t>(chunk.encoding);
    if (length != 0) {
      std::memcpy(at, chunk.data.data(), length);
    }
    store_be(at + length, chunk.crc);
  }
  return {.min_time = chunk.min_time,
          .max_time = chunk.max_time,
          .data_length = static_cast<std::uint32_t>(length),
          .record_length = static_cast<std::uint32_t>(out.size() - before),
          .samples = sample_count(chunk.encoding, chunk.data),
          .encoding = chunk.encoding};
}

BlockAssembler::BlockAssembler(BlockSink& sink, const WriterOptions& options)
    : segments_(sink, options.segment_size), index_(sink.create_index(), index_options(options)) {}

void BlockAssembler::count(const ChunkRecord& chunk) {
  ++stats_.num_chunks;
  stats_.num_samples += chunk.samples;
  switch (chunk.encoding) {
    case Encoding::kXor:
    case Encoding::kXor2:
      stats_.num_float_samples += chunk.samples;
      break;
    case Encoding::kHistogram:
    case Encoding::kFloatHistogram:
    case Encoding::kHistogramSt:
    case Encoding::kFloatHistogramSt:
      stats_.num_histogram_samples += chunk.samples;
      break;
    default:
      break;
  }
}

// The reference's figure leaves out the gap behind the last chunk but one.
void BlockAssembler::measure_gaps() {
  for (std::size_t i = 0; i + 2 < metas_.size(); ++i) {
    const std::uint64_t ref = metas_[i].ref;
    const std::uint64_t next = metas_[i + 1].ref;
    if (ref >> 32 == next >> 32) {
      chunk_max_size_ = std::max(chunk_max_size_, next - ref);
    }
  }
}

void BlockAssembler::begin_series() {
  metas_.clear();
  segments_.begin_series();
}

void BlockAssembler::add_chunks(Bytes records, std::span<const ChunkRecord> chunks) {
  for (const ChunkRecord& chunk : chunks) {
    const std::uint64_t ref = segments_.add(chunk.data_length, records.first(chunk.record_length));
    records = records.subspan(chunk.record_length);
    metas_.push_back({.min_time = chunk.min_time, .max_time = chunk.max_time, .ref = ref});
    count(chunk);
  }
}

void BlockAssembler::end_series(std::span<const PackedLabel> labels, Bytes encoded_labels) {
  if (metas_.empty()) {
    return;
  }
  measure_gaps();
  index_.add_series(labels, encoded_labels, metas_);
  ++stats_.num_series;
}

WrittenBlock BlockAssembler::finish() {
  segments_.finish();
  WrittenBlock written;
  std::uint32_t number = 0;
  for (const std::uint64_t size : segments_.sizes()) {
    written.files.push_back({.rel_path = segment_path(++number), .size = size});
  }
  written.files.push_back({.rel_path = "index", .size = index_.finish()});
  written.stats = stats_;
  written.series_max_size = index_.series_max_size();
  written.chunk_max_size = chunk_max_size_;
  return written;
}

}  // namespace strata::tsdb
