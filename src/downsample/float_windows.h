#pragma once

#include <cstdint>

#include "downsample/float_chunk_writer.h"
#include "downsample/window_walk.h"
#include "tsdb/chunk/samples.h"

namespace strata::downsample {

// The five aggregates of a batch of raw samples, per window of k5m. Owns reusable buffers.
class FloatWindows {
 public:
  // At least one sample, none of them NaN.
  void aggregate(tsdb::SampleSpan samples, TimeOrder order);

  // Borrowed until the next aggregate().
  FloatStreams streams() const;
  // Of all windows.
  std::uint64_t samples() const;

 private:
  std::size_t count_ = 0;
  // The times between the first sample's and, once more, the last stamp: as the counter has them.
  tsdb::PlainVector<Timestamp> times_;
  tsdb::PlainVector<std::uint64_t> values_[tsdb::kAggregates];
};

}  // namespace strata::downsample
