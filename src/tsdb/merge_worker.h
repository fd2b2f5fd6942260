#pragma once

#include "tsdb/chunk/series_merge.h"
#include "tsdb/merge_batch.h"

namespace strata::tsdb {

// Turns the chunks of a batch into records of the result: CRCs checked, deleted samples cut out,
// overlaps merged. One per thread; it keeps the buffers.
class MergeWorker {
 public:
  explicit MergeWorker(MergeFunction function) : merger_(function) {}

  void process(MergeBatch& batch);

 private:
  void process_series(MergeBatch& batch, MergeBatch::Series& series);
  std::span<const ChunkView> prepare(MergeBatch& batch, const MergeBatch::Part& part);

  SeriesMerger merger_;
  ChunkArena arena_;
  std::vector<std::vector<ChunkView>> trimmed_;
  std::vector<std::span<const ChunkView>> inputs_;
  std::vector<ChunkView> out_;
};

}  // namespace strata::tsdb
