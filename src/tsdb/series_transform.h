#pragma once

#include <cstdint>
#include <span>

#include "tsdb/byte_source.h"
#include "tsdb/chunk/chunk.h"
#include "tsdb/chunk/series_merge.h"

namespace strata::tsdb {

// The chunks that one input has of a series, of known encodings and with their CRCs checked.
// Borrowed from a batch.
struct SeriesPart {
  const BlockSource* block = nullptr;
  std::span<const ChunkView> chunks;
  std::span<const std::uint64_t> refs;  // of `chunks`, for messages
  std::span<const Interval> drops;      // to be cut out of them
};

// What becomes of a series on its way from the inputs into the result. Owns reusable buffers, and
// books if it keeps any: one per thread.
class SeriesTransform {
 public:
  virtual ~SeriesTransform() = default;

  // `parts`: one per input that has the series, in heap order. Returns the chunks of the result,
  // ascending; without any the series is left out. They are valid until the next call, their data
  // as long as that of the parts or until the arena is cleared. Where series may be split, one of a
  // single input without drops comes in pieces.
  virtual std::span<const ChunkView> transform(std::span<const SeriesPart> parts,
                                               ChunkArena& arena) = 0;
};

}  // namespace strata::tsdb
