#pragma once

#include <cstdint>
#include <deque>

#include "downsample/histogram_aggregator.h"
#include "tsdb/chunk/histogram_append.h"

namespace strata::downsample {

// The histograms of one stream of an aggregate chunk: one per window, all in one float histogram
// chunk, whose layout grows with them. Bytes are made once, by finish(). Reusable; one per thread.
class HistogramStream {
 public:
  void start();
  bool empty() const { return appender_.size() == 0; }

  // Where the chunk cannot take `histogram`, it starts anew with it: the reference forgets what was
  // there. True: so it did. As the reference's appender does, gives `histogram` the buckets that it
  // lacks; its layout then gets an id from `ids`.
  bool append(Timestamp time, RunningHistogram& histogram, HistogramAggregator& ids);

  tsdb::ChunkView finish(tsdb::ChunkArena& arena) { return appender_.finish(arena); }

 private:
  // Histograms of one layout.
  struct Rows {
    std::uint64_t layout_id = kNoLayout;
    tsdb::SampleColumns columns;
  };

  tsdb::SampleColumns& put_row(Timestamp time, const RunningHistogram& histogram);
  void fill_gaps(FloatHistogram& histogram, bool adds) const;

  std::deque<Rows> rows_;  // the first `used_` are of this chunk
  std::size_t used_ = 0;
  tsdb::HistogramAppender appender_;
};

}  // namespace strata::downsample
