#include "tsdb/merge_cursor.h"

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace strata::tsdb {
namespace {

// Windows are shared between batches and records lie close: this much more than the records
// themselves is still held without cutting the batch.
constexpr std::uint64_t kWindowSlack = 4;

template <class Body>
auto in_block(const BlockSource& block, Body&& body) {
  try {
    return body();
  } catch (const HealthError&) {
    throw;
  } catch (const Error& error) {
    throw error.at({.block = block.name(), .file = {}, .offset = std::nullopt});
  }
}

}  // namespace

void SeriesBatch::clear() {
  series.clear();
  labels.clear();
  parts.clear();
  chunks.clear();
  refs.clear();
  drops.clear();
  windows.clear();
  chunk_bytes = window_bytes = 0;
  encoded_labels.clear();
  records.clear();
  written.clear();
}

bool MergeCursor::ByLabels::operator()(const MergeInput* a, const MergeInput* b) const {
  const std::vector<PackedLabel>& x = a->labels();
  const std::vector<PackedLabel>& y = b->labels();
  const std::size_t n = std::min(x.size(), y.size());
  for (std::size_t i = 0; i < n; ++i) {
    if (x[i] != y[i]) {
      return x[i] < y[i];
    }
  }
  return x.size() < y.size();
}

MergeCursor::MergeCursor(std::vector<std::unique_ptr<MergeInput>> inputs, const Options& options)
    : inputs_(std::move(inputs)), options_(options) {}

void MergeCursor::push(MergeInput* input) {
  if (in_block(input->block(), [input] { return input->next(); })) {
    heap_.push(input);
  }
}

// The inputs used last go back in their order: that decides later ties.
bool MergeCursor::advance() {
  if (!started_) {
    started_ = true;
    for (const auto& input : inputs_) {
      push(input.get());
    }
  } else {
    for (MergeInput* input : current_) {
      push(input);
    }
  }
  current_.clear();
  if (heap_.empty()) {
    return false;
  }
  current_.push_back(heap_.pop());
  while (!heap_.empty() && heap_.top()->labels() == current_.front()->labels()) {
    current_.push_back(heap_.pop());
  }
  return true;
}

bool MergeCursor::is_full(const SeriesBatch& batch) const {
  return batch.chunk_bytes + batch.labels.size() * sizeof(PackedLabel) >= options_.batch_bytes ||
         batch.window_bytes >= kWindowSlack * options_.batch_bytes;
}

std::size_t MergeCursor::add_part(SeriesBatch& batch, MergeInput& input, std::size_t first,
                                  bool may_split) {
  SeriesBatch::Part part{.block = &input.block(),
                         .chunks_begin = batch.chunks.size(),
                         .chunks_end = 0,
                         .drops_begin = batch.drops.size(),
                         .drops_end = 0};
  const std::vector<ChunkMeta>& chunks = input.chunks();
  ChunkStream& stream = input.chunk_stream();
  std::size_t i = first;
  in_block(input.block(), [&] {
    for (; i < chunks.size() && !(may_split && i > first && is_full(batch)); ++i) {
      const ChunkView view = stream.fetch(chunks[i]);
      if (batch.windows.empty() || batch.windows.back() != stream.window()) {
        batch.windows.push_back(stream.window());
      }
      batch.chunks.push_back(view);
      batch.refs.push_back(chunks[i].ref);
      batch.chunk_bytes += view.data.size() + sizeof(ChunkView) + sizeof(ChunkRecord);
      batch.window_bytes += stream.take_loaded();
    }
  });
  batch.drops.insert(batch.drops.end(), input.drops().begin(), input.drops().end());
  part.chunks_end = batch.chunks.size();
  part.drops_end = batch.drops.size();
  batch.parts.push_back(part);
  return i;
}

void MergeCursor::add_series(SeriesBatch& batch) {
  SeriesBatch::Series series;
  series.labels_begin = batch.labels.size();
  const std::vector<PackedLabel>& labels = current_.front()->labels();
  batch.labels.insert(batch.labels.end(), labels.begin(), labels.end());
  series.labels_end = batch.labels.size();
  series.parts_begin = batch.parts.size();
  series.begins = next_chunk_ == 0;
  if (current_.size() == 1) {
    MergeInput& input = *current_.front();
    next_chunk_ =
        add_part(batch, input, next_chunk_, options_.split_series && input.drops().empty());
    series.ends = next_chunk_ == input.chunks().size();
    next_chunk_ = series.ends ? 0 : next_chunk_;
  } else {
    for (MergeInput* input : current_) {
      add_part(batch, *input, 0, false);
    }
  }
  series.parts_end = batch.parts.size();
  batch.series.push_back(series);
}

bool MergeCursor::cut(SeriesBatch& batch) {
  while (!is_full(batch)) {
    if (next_chunk_ == 0 && !advance()) {
      break;
    }
    add_series(batch);
  }
  return !batch.series.empty();
}

}  // namespace strata::tsdb
