#include "tsdb/merge_transform.h"

#include <algorithm>

#include "base/error.h"

namespace strata::tsdb {
namespace {

bool overlaps(const ChunkView& chunk, const Interval& drop) {
  return chunk.min_time <= drop.max && drop.min <= chunk.max_time;
}

}  // namespace

std::span<const ChunkView> MergeTransform::trim(const SeriesPart& part, ChunkArena& arena) {
  if (part.drops.empty()) {
    return part.chunks;
  }
  std::vector<ChunkView>& kept = trimmed_.emplace_back();
  for (const ChunkView& chunk : part.chunks) {
    if (!std::ranges::any_of(part.drops, [&](const Interval& d) { return overlaps(chunk, d); })) {
      kept.push_back(chunk);
      continue;
    }
    try {
      trim_chunk(chunk, part.drops, arena, kept, books_);
    } catch (const Error& error) {
      throw error.at({.block = part.block->name(), .file = {}, .offset = std::nullopt});
    }
  }
  return kept;
}

std::span<const ChunkView> MergeTransform::transform(std::span<const SeriesPart> parts,
                                                     ChunkArena& arena) {
  inputs_.clear();
  trimmed_.clear();
  trimmed_.reserve(parts.size());  // spans into it must stay
  for (const SeriesPart& part : parts) {
    inputs_.push_back(trim(part, arena));
  }
  if (inputs_.size() == 1) {
    for (const ChunkView& chunk : inputs_.front()) {
      const std::uint32_t samples = sample_count(chunk.encoding, chunk.data);
      books_.read += samples;
      books_.written += samples;
    }
    return inputs_.front();
  }
  out_.clear();
  merger_.merge(inputs_, arena, out_, books_);
  return out_;
}

}  // namespace strata::tsdb
