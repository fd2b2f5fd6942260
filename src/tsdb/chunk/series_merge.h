#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "tsdb/chunk/chunk.h"

namespace strata::tsdb {

// How samples of overlapping chunks become one: the reference's default (union by timestamp) or its
// offline replica deduplication.
enum class MergeFunction { kOneToOne, kPenalty };

// Closed interval of milliseconds, as a tombstone.
struct Interval {
  Timestamp min = 0;
  Timestamp max = 0;
};

// What became of samples, so that the books of a job can be checked: read == written + duplicates.
struct SampleBooks {
  std::uint64_t read = 0;        // by the headers of the chunks that went in
  std::uint64_t written = 0;     // by counting what was encoded or passed through
  std::uint64_t duplicates = 0;  // dropped by the merge function, or whole duplicate chunks
  std::uint64_t outside = 0;     // dropped by trimming
};

// Merges the chunks of one series. Owns reusable buffers; one per thread. Not thread-safe.
class SeriesMerger {
 public:
  explicit SeriesMerger(MergeFunction function);
  ~SeriesMerger();
  SeriesMerger(const SeriesMerger&) = delete;
  SeriesMerger& operator=(const SeriesMerger&) = delete;

  // `inputs`: per input block that has the series, in heap order, its chunks in index order.
  // Appends the result to `out`: untouched chunks as they are (views of the input), re-encoded ones
  // with data in `arena` and their CRC computed. Throws corrupt for what cannot be decoded.
  void merge(std::span<const std::span<const ChunkView>> inputs, ChunkArena& arena,
             std::vector<ChunkView>& out, SampleBooks& books);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Drops the samples inside `drop` (ascending, disjoint) and appends what is left, re-encoded into
// one chunk of the same type, to `out`; nothing left appends nothing. Throws corrupt where the
// reference fails too: a histogram chunk whose remaining samples need a second chunk or a recode.
// Throws invalid for aggregate chunks. Books only what is dropped, as read and as outside: what is
// left goes on as input of a merge, which counts it.
void trim_chunk(const ChunkView& chunk, std::span<const Interval> drop, ChunkArena& arena,
                std::vector<ChunkView>& out, SampleBooks& books);

// Decodes everything and throws corrupt with the reason for whatever breaks the format, is accepted
// silently by the reference or contradicts the view's time range.
// Returns samples.
std::uint32_t verify_chunk(const ChunkView& chunk);

}  // namespace strata::tsdb
