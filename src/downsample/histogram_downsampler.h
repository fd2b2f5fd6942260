#pragma once

#include <memory>
#include <span>
#include <vector>

#include "downsample/books.h"
#include "downsample/window.h"
#include "tsdb/chunk/aggregate.h"
#include "tsdb/chunk/chunk.h"

namespace strata::downsample {

struct HistogramOptions {
  // Bytes of decoded buckets that are held of a run; what is beyond is decoded twice.
  std::size_t decoded_limit = std::size_t{16} << 20;
  // False for tests: the arithmetic that knows no shortcuts.
  bool by_place = true;
};

// The histogram side of SeriesDownsampler. Owns reusable buffers: one per thread.
class HistogramDownsampler {
 public:
  explicit HistogramDownsampler(const HistogramOptions& options = {});
  ~HistogramDownsampler();
  HistogramDownsampler(const HistogramDownsampler&) = delete;
  HistogramDownsampler& operator=(const HistogramDownsampler&) = delete;

  // One run of raw chunks, all of histograms, to aggregate chunks of k5m. Where custom buckets meet
  // exponential ones, a chunk ends.
  void downsample_raw(std::span<const tsdb::ChunkView> run, tsdb::ChunkArena& arena,
                      std::vector<tsdb::ChunkView>& out, Books& books);

  // One batch of whole aggregate chunks of k5m, all of histograms, to one chunk of k1h; more where
  // custom buckets meet exponential ones, none without samples. Entries without samples stay
  // absent.
  void downsample_batch(std::span<const tsdb::AggregateView> batch, tsdb::ChunkArena& arena,
                        std::vector<tsdb::ChunkView>& out, Books& books);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace strata::downsample
