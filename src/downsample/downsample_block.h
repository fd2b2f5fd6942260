#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>

#include "base/memory_budget.h"
#include "base/time.h"
#include "downsample/books.h"
#include "downsample/window.h"
#include "tsdb/block_writer.h"
#include "tsdb/progress.h"

namespace strata::downsample {

struct BlockOptions {
  Resolution target = k5m;  // the input is raw, or of k5m where this is k1h
  // Of the input's meta.json: chunks outside of it, chunks that overlap, unsorted labels are a
  // HealthError then. What is written never reaches beyond what was read.
  std::optional<TimeRange> health_range = {};
  std::uint64_t segment_size = std::uint64_t{512} << 20;
  std::filesystem::path spill_directory = {};
  unsigned threads = 1;
  // As in MergeOptions.
  MemoryBudget* budget = nullptr;
  std::uint64_t memory = 0;
  tsdb::MergeProgress* progress = nullptr;
};

struct BlockResult {
  tsdb::WrittenBlock written;  // stats: samples are those of the count chunks
  Books books;
  std::uint64_t series_read = 0;
  std::uint64_t series_skipped = 0;  // nothing was left of them
};

// Downsamples one block. Series stream through in batches that any thread may cut, process or
// write; the bytes are the same for any number of threads. A block without series left is written
// all the same: an index, no segments. Throws corrupt with block, file and offset for a broken
// input, and corrupt if the books do not balance; nothing is committed then but perhaps segments.
BlockResult downsample_block(std::stop_token stop, const tsdb::BlockSource& source,
                             tsdb::BlockSink& sink, const BlockOptions& options);

}  // namespace strata::downsample
