#include "tsdb/merge_input.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/error.h"

namespace strata::tsdb {
namespace {

constexpr std::size_t kPostingsWindow = 16 << 10;

bool inside(const ChunkMeta& chunk, const Interval& interval) {
  return chunk.min_time >= interval.min && chunk.max_time <= interval.max;
}

}  // namespace

MergeInput::MergeInput(const BlockSource& block, Index index, const Selection& selection,
                       const Options& options)
    : block_(block),
      selection_(selection),
      series_(block.index(), index.toc, std::move(index.ranks), options.window),
      postings_(block.index(), index.toc,
                find_all_series(block.index(), index.toc, kPostingsWindow), kPostingsWindow),
      chunk_stream_(block, options.window, options.pool) {
  health_.block = block.name();
  if (selection.kept_range && block.tombstones() != nullptr) {
    tombstones_ = Tombstones::read(*block.tombstones());
  }
}

void MergeInput::check_labels() {
  const ByteSource& index = block_.index();
  if (entry_.labels.empty()) {
    throw_corrupt("series entry: no labels", index.name(), entry_.offset);
  }
  const std::size_t shared = entry_.shared_labels;
  for (std::size_t i = std::max<std::size_t>(shared, 1); i < entry_.labels.size(); ++i) {
    if (entry_.labels[i] == entry_.labels[i - 1]) {
      throw_corrupt("series entry: the same label twice", index.name(), entry_.offset);
    }
  }
  if (!std::ranges::lexicographical_compare(std::span(last_labels_).subspan(shared),
                                            std::span(entry_.labels).subspan(shared))) {
    throw_corrupt("series entry: not above the one before it", index.name(), entry_.offset);
  }
}

void MergeInput::check_health() {
  if (!selection_.health_range) {
    return;
  }
  if (entry_.chunks.empty()) {
    throw_corrupt("series entry: no chunks", block_.index().name(), entry_.offset);
  }
  const std::vector<PackedLabel>& labels = entry_.labels;
  for (std::size_t i = 1; i < labels.size() && !selection_.allow_out_of_order_labels; ++i) {
    health_.out_of_order_labels += labels[i] >> 32 < labels[i - 1] >> 32 ? 1 : 0;
  }
  inspect_chunks(entry_, *selection_.health_range, health_);
  if (health_.worst() != HealthProblem::kNone) {
    throw HealthError(health_);
  }
}

bool MergeInput::read_entry() {
  std::uint64_t id = 0;
  last_labels_.swap(entry_.labels);
  if (!series_.next(entry_)) {
    if (postings_.next(id)) {
      throw_corrupt("list of all series names more series than there are", block_.index().name(),
                    entry_.offset);
    }
    return false;
  }
  if (!postings_.next(id) || id != entry_.id) {
    throw_corrupt("list of all series does not name this series", block_.index().name(),
                  entry_.offset);
  }
  ++series_read_;
  check_labels();
  check_health();
  return true;
}

void MergeInput::drop_chunks() {
  if (!selection_.kept_range) {
    return;
  }
  const Timestamp first = selection_.kept_range->min;
  const Timestamp last = selection_.kept_range->max - 1;
  const bool inside_result = std::ranges::all_of(entry_.chunks, [&](const ChunkMeta& chunk) {
    return chunk.min_time >= first && chunk.max_time <= last;
  });
  if (inside_result && tombstones_.empty()) {
    drops_.clear();
    return;
  }
  const std::span<const Interval> deleted = tombstones_.of(entry_.id);
  const std::size_t before = entry_.chunks.size();
  std::erase_if(entry_.chunks, [&](const ChunkMeta& chunk) {
    return chunk.max_time < first || chunk.min_time > last ||
           std::ranges::any_of(deleted, [&](const Interval& i) { return inside(chunk, i); });
  });
  chunks_dropped_ += before - entry_.chunks.size();
  drops_.assign(deleted.begin(), deleted.end());
  const auto any = [this](auto&& predicate) {
    return std::ranges::any_of(entry_.chunks, predicate);
  };
  if (any([&](const ChunkMeta& chunk) { return chunk.min_time < first; })) {
    add_interval(drops_, {.min = std::numeric_limits<Timestamp>::min(), .max = first - 1});
  }
  if (any([&](const ChunkMeta& chunk) { return chunk.max_time > last; })) {
    add_interval(drops_, {.min = last + 1, .max = std::numeric_limits<Timestamp>::max()});
  }
}

bool MergeInput::next() {
  do {
    if (!read_entry()) {
      return false;
    }
    drop_chunks();
  } while (entry_.chunks.empty());
  return true;
}

}  // namespace strata::tsdb
