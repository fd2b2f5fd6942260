#pragma once

#include <span>
#include <vector>

#include "downsample/aggregate_stream.h"
#include "downsample/books.h"
#include "downsample/counter_stream.h"
#include "downsample/float_chunk_writer.h"
#include "downsample/float_reader.h"
#include "downsample/float_windows.h"
#include "tsdb/chunk/aggregate.h"
#include "tsdb/chunk/chunk.h"

namespace strata::downsample {

// The float side of SeriesDownsampler. Owns reusable buffers: one per thread.
class FloatDownsampler {
 public:
  // One run of raw chunks, all of floats, to aggregate chunks of k5m.
  void downsample_raw(std::span<const tsdb::ChunkView> run, tsdb::ChunkArena& arena,
                      std::vector<tsdb::ChunkView>& out, Books& books);

  // One batch of whole aggregate chunks of k5m, none of histograms, to a chunk of k1h.
  void downsample_batch(std::span<const tsdb::AggregateView> batch, tsdb::ChunkArena& arena,
                        std::vector<tsdb::ChunkView>& out, Books& books);

 private:
  // One pass over a run: reads its chunks and writes a batch as soon as it is whole, so that
  // samples are aggregated while they are in the cache.
  struct Pass {
    std::span<const tsdb::ChunkView> run;
    std::size_t batch = 0;  // samples
    tsdb::ChunkArena& arena;
    std::vector<tsdb::ChunkView>& out;
    Books books = {};
    RunExtent extent = {};  // of what was read
  };

  void run_pass(Pass& pass);
  void read_chunk(const tsdb::ChunkView& chunk, Pass& pass);
  void write_batch(std::size_t size, Pass& pass);

  FloatReader reader_;
  // Those that are read but not written, and what is known of them.
  tsdb::SampleList samples_;
  bool has_nan_ = false;
  TimeOrder order_ = TimeOrder::kUnknown;
  FloatWindows windows_;
  AggregateStream streams_[4];  // all but the counter
  CounterStream counter_;
  FloatChunkWriter writer_;
};

}  // namespace strata::downsample
