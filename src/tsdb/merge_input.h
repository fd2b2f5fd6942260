#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "tsdb/chunk_stream.h"
#include "tsdb/index/postings_reader.h"
#include "tsdb/index/rank_table.h"
#include "tsdb/index_health.h"
#include "tsdb/tombstones.h"

namespace strata::tsdb {

// One block as a stream of series, as merging sees it: labels as ranks, chunks that no sample of
// the result can come from left out. Checks order, ranges and CRCs on the way. One thread.
class MergeInput {
 public:
  // What is taken of the block.
  struct Selection {
    // Of the result: what lies outside is dropped, and what tombstones name. Without it every chunk
    // is taken as it is and tombstones are not even read.
    std::optional<TimeRange> kept_range;
    std::optional<TimeRange>
        health_range;  // of this block: then unhealthy chunks throw HealthError
    bool allow_out_of_order_labels = false;
  };
  struct Index {
    const Toc& toc;
    RankTable ranks;
  };
  struct Options {
    std::size_t window = 0;  // bytes, for index and for chunks
    std::shared_ptr<WindowPool> pool;
  };

  MergeInput(const BlockSource& block, Index index, const Selection& selection,
             const Options& options);

  // The next series that has chunks left; false at the end, where the list of all series was found
  // equal to the scan.
  bool next();

  // All of the current series; valid until next().
  const std::vector<PackedLabel>& labels() const { return entry_.labels; }
  const std::vector<ChunkMeta>& chunks() const { return entry_.chunks; }
  // Intervals to cut out of those chunks: tombstones and what lies beyond the result.
  const std::vector<Interval>& drops() const { return drops_; }

  const BlockSource& block() const { return block_; }
  ChunkStream& chunk_stream() { return chunk_stream_; }
  std::uint64_t series_read() const { return series_read_; }
  std::uint64_t chunks_dropped() const { return chunks_dropped_; }
  const HealthReport& health() const { return health_; }

 private:
  bool read_entry();
  void check_labels();
  void check_health();
  void drop_chunks();

  const BlockSource& block_;
  Selection selection_;
  SeriesReader series_;
  PostingsReader postings_;
  ChunkStream chunk_stream_;
  Tombstones tombstones_;
  SeriesEntry entry_;
  std::vector<PackedLabel> last_labels_;
  std::vector<Interval> drops_;
  std::uint64_t series_read_ = 0;
  std::uint64_t chunks_dropped_ = 0;
  HealthReport health_;
};

}  // namespace strata::tsdb
