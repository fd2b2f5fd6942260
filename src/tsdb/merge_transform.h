#pragma once

#include <vector>

#include "tsdb/series_transform.h"

namespace strata::tsdb {

// Merging: deleted samples cut out, overlaps merged, everything else passed through.
class MergeTransform final : public SeriesTransform {
 public:
  explicit MergeTransform(MergeFunction function) : merger_(function) {}

  std::span<const ChunkView> transform(std::span<const SeriesPart> parts,
                                       ChunkArena& arena) override;
  const SampleBooks& books() const { return books_; }

 private:
  std::span<const ChunkView> trim(const SeriesPart& part, ChunkArena& arena);

  SeriesMerger merger_;
  SampleBooks books_;
  std::vector<std::vector<ChunkView>> trimmed_;
  std::vector<std::span<const ChunkView>> inputs_;
  std::vector<ChunkView> out_;
};

}  // namespace strata::tsdb
