#include "tsdb/batch_worker.h"

#include "base/error.h"

namespace strata::tsdb {
namespace {

void check_chunk(const BlockSource& block, const ChunkView& chunk, std::uint64_t ref) {
  try {
    check_record_crc(block, chunk, ref);
  } catch (const Error& error) {
    throw error.at({.block = block.name(), .file = {}, .offset = std::nullopt});
  }
  if (!is_known(chunk.encoding)) {
    const ByteSource& segment = block.segment(static_cast<std::size_t>(ref >> 32));
    throw UnknownEncodingError(
        chunk.encoding,
        {.block = block.name(), .file = segment.name(), .offset = ref & 0xffffffffU});
  }
}

SeriesPart checked_part(const SeriesBatch& batch, const SeriesBatch::Part& part) {
  const std::size_t chunks = part.chunks_end - part.chunks_begin;
  const SeriesPart checked{
      .block = part.block,
      .chunks = std::span(batch.chunks).subspan(part.chunks_begin, chunks),
      .refs = std::span(batch.refs).subspan(part.chunks_begin, chunks),
      .drops = std::span(batch.drops).subspan(part.drops_begin, part.drops_end - part.drops_begin)};
  for (std::size_t i = 0; i < chunks; ++i) {
    check_chunk(*checked.block, checked.chunks[i], checked.refs[i]);
  }
  return checked;
}

}  // namespace

void BatchWorker::process_series(SeriesBatch& batch, SeriesBatch::Series& series) {
  IndexWriter::append_labels(
      batch.encoded_labels,
      std::span(batch.labels)
          .subspan(series.labels_begin, series.labels_end - series.labels_begin));
  series.encoded_labels_end = batch.encoded_labels.size();
  parts_.clear();
  for (std::size_t i = series.parts_begin; i < series.parts_end; ++i) {
    parts_.push_back(checked_part(batch, batch.parts[i]));
  }
  for (const ChunkView& chunk : transform_.transform(parts_, arena_)) {
    batch.written.push_back(append_record(batch.records, chunk));
  }
  series.records_end = batch.records.size();
  series.written_end = batch.written.size();
}

void BatchWorker::process(SeriesBatch& batch) {
  batch.records.reserve(batch.chunk_bytes + 16 * batch.chunks.size());
  for (SeriesBatch::Series& series : batch.series) {
    process_series(batch, series);
    arena_.clear();
  }
  batch.windows.clear();
}

}  // namespace strata::tsdb
