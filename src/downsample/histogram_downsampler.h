#pragma once

#include <memory>
#include <span>
#include <vector>

#include "downsample/books.h"
#include "downsample/window.h"
#include "tsdb/chunk/aggregate.h"
#include "tsdb/chunk/chunk.h"

namespace strata::downsample {

// The histogram side of SeriesDownsampler. Owns reusable buffers: one per thread.
class HistogramDownsampler {
 public:
  HistogramDownsampler();
  ~HistogramDownsampler();
  HistogramDownsampler(const HistogramDownsampler&) = delete;
  HistogramDownsampler& operator=(const HistogramDownsampler&) = delete;

  // One run of raw chunks, all of histograms, to aggregate chunks of k5m.
  void downsample_raw(std::span<const tsdb::ChunkView> run, tsdb::ChunkArena& arena,
                      std::vector<tsdb::ChunkView>& out, Books& books);

  // One batch of whole aggregate chunks of k5m, all of histograms, to one chunk of k1h.
  void downsample_batch(std::span<const tsdb::AggregateView> batch, tsdb::ChunkArena& arena,
                        std::vector<tsdb::ChunkView>& out, Books& books);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace strata::downsample
