#pragma once

#include <vector>

#include "tsdb/series_batch.h"
#include "tsdb/series_transform.h"

namespace strata::tsdb {

// Turns the chunks of a batch into records of the result: checks them and hands them, series by
// series, to the transform. One per thread; it keeps the buffers.
class BatchWorker {
 public:
  explicit BatchWorker(SeriesTransform& transform) : transform_(transform) {}

  void process(SeriesBatch& batch);

 private:
  void process_series(SeriesBatch& batch, SeriesBatch::Series& series);

  SeriesTransform& transform_;
  ChunkArena arena_;
  std::vector<SeriesPart> parts_;
};

}  // namespace strata::tsdb
