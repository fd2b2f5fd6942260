#pragma once

#include <memory>
#include <span>
#include <vector>

#include "downsample/books.h"
#include "downsample/window.h"
#include "tsdb/chunk/chunk.h"

namespace strata::downsample {

// Downsamples the chunks of one series, all in index order. Owns reusable buffers: one per thread.
class SeriesDownsampler {
 public:
  // From raw to k5m, or from k5m to k1h.
  explicit SeriesDownsampler(Resolution target);
  ~SeriesDownsampler();
  SeriesDownsampler(const SeriesDownsampler&) = delete;
  SeriesDownsampler& operator=(const SeriesDownsampler&) = delete;

  // Appends aggregate chunks to `out`, their data in `arena` and their CRC computed; nothing where
  // no sample is left. Throws corrupt for what cannot be decoded and for chunks that overlap.
  void downsample(std::span<const tsdb::ChunkView> chunks, tsdb::ChunkArena& arena,
                  std::vector<tsdb::ChunkView>& out, Books& books);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace strata::downsample
