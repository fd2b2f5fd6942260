#include "tsdb/merge_worker.h"

#include <algorithm>

#include "base/error.h"

namespace strata::tsdb {
namespace {

bool overlaps(const ChunkView& chunk, const Interval& drop) {
  return chunk.min_time <= drop.max && drop.min <= chunk.max_time;
}

}  // namespace

std::span<const ChunkView> MergeWorker::prepare(MergeBatch& batch, const MergeBatch::Part& part) {
  const auto chunks =
      std::span(batch.chunks).subspan(part.chunks_begin, part.chunks_end - part.chunks_begin);
  const auto drops = std::span<const Interval>(batch.drops)
                         .subspan(part.drops_begin, part.drops_end - part.drops_begin);
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    const std::uint64_t ref = batch.refs[part.chunks_begin + i];
    check_record_crc(*part.block, chunks[i], ref);
    if (!is_known(chunks[i].encoding)) {
      const ByteSource& segment = part.block->segment(static_cast<std::size_t>(ref >> 32));
      throw UnknownEncodingError(
          chunks[i].encoding,
          {.block = part.block->name(), .file = segment.name(), .offset = ref & 0xffffffffU});
    }
  }
  if (drops.empty()) {
    return chunks;
  }
  std::vector<ChunkView>& kept = trimmed_.emplace_back();
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    const bool cut =
        std::ranges::any_of(drops, [&](const Interval& d) { return overlaps(chunks[i], d); });
    if (!cut) {
      kept.push_back(chunks[i]);
      continue;
    }
    trim_chunk(chunks[i], drops, arena_, kept, batch.books);
  }
  return kept;
}

void MergeWorker::process_series(MergeBatch& batch, MergeBatch::Series& series) {
  IndexWriter::append_labels(
      batch.encoded_labels,
      std::span(batch.labels)
          .subspan(series.labels_begin, series.labels_end - series.labels_begin));
  series.encoded_labels_end = batch.encoded_labels.size();
  inputs_.clear();
  trimmed_.clear();
  trimmed_.reserve(series.parts_end - series.parts_begin);  // spans into it must stay
  out_.clear();
  for (std::size_t i = series.parts_begin; i < series.parts_end; ++i) {
    const MergeBatch::Part& part = batch.parts[i];
    try {
      inputs_.push_back(prepare(batch, part));
    } catch (const UnknownEncodingError&) {
      throw;
    } catch (const Error& error) {
      throw error.at({.block = part.block->name(), .file = {}, .offset = std::nullopt});
    }
  }
  std::span<const ChunkView> result;
  if (inputs_.size() == 1) {
    result = inputs_.front();
    for (const ChunkView& chunk : result) {
      const std::uint32_t samples = sample_count(chunk.encoding, chunk.data);
      batch.books.read += samples;
      batch.books.written += samples;
    }
  } else {
    merger_.merge(inputs_, arena_, out_, batch.books);
    result = out_;
  }
  for (const ChunkView& chunk : result) {
    batch.written.push_back(append_record(batch.records, chunk));
  }
  series.records_end = batch.records.size();
  series.written_end = batch.written.size();
}

void MergeWorker::process(MergeBatch& batch) {
  batch.records.reserve(batch.chunk_bytes + 16 * batch.chunks.size());
  for (MergeBatch::Series& series : batch.series) {
    process_series(batch, series);
    arena_.clear();
  }
  batch.windows.clear();
}

}  // namespace strata::tsdb
