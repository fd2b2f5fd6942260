#pragma once

#include <array>
#include <vector>

#include "base/bytes.h"
#include "tsdb/chunk/aggregate.h"
#include "tsdb/chunk/samples.h"

namespace strata::downsample {

// What the windows of a batch came to, by tsdb::Aggregate: a value per window, of the counter one
// more in front (the first sample) and behind (the last). Empty: absent. Borrowed.
using FloatStreams = std::array<tsdb::SampleSpan, tsdb::kAggregates>;

// Encodes aggregate chunks of floats. Owns reusable buffers: one per thread.
class FloatChunkWriter {
 public:
  // Appends one chunk, its data in `arena`; none if all streams are empty; several if the windows
  // are more than a chunk can count. Throws corrupt if it takes several and the streams differ in
  // their times.
  void write(const FloatStreams& streams, tsdb::ChunkArena& arena,
             std::vector<tsdb::ChunkView>& out);

 private:
  void write_one(const FloatStreams& streams, tsdb::ChunkArena& arena,
                 std::vector<tsdb::ChunkView>& out);
  void write_parts(const FloatStreams& streams, tsdb::ChunkArena& arena,
                   std::vector<tsdb::ChunkView>& out);

  Buffer encoded_;
  tsdb::SampleList counter_;
};

}  // namespace strata::downsample
