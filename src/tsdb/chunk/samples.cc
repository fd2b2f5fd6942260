#include "tsdb/chunk/samples.h"

namespace strata::tsdb {

void HistogramLayout::clear() {
  schema = 0;
  zero_threshold = 0;
  for (const unsigned sign : {kPositive, kNegative}) {
    spans[sign].clear();
    buckets[sign] = 0;
  }
  bounds.clear();
}

void SampleColumns::clear(SampleType new_type) {
  type = new_type;
  has_starts = false;
  times.clear();
  values.clear();
  starts.clear();
  layout.clear();
  histograms.clear();
  buckets.clear();
}

}  // namespace strata::tsdb
