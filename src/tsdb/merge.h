#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/memory_budget.h"
#include "tsdb/block_writer.h"
#include "tsdb/chunk/series_merge.h"
#include "tsdb/index_health.h"
#include "tsdb/progress.h"

namespace strata::tsdb {

struct MergeInputBlock {
  const BlockSource* source = nullptr;
  TimeRange range;  // of its meta.json
  // Judge chunk ranges and label order before using them (HealthError); the bare merge does not.
  bool check_health = true;
};

struct MergeOptions {
  MergeFunction function = MergeFunction::kOneToOne;
  std::uint64_t segment_size = std::uint64_t{512} << 20;
  std::filesystem::path spill_directory;
  bool allow_out_of_order_labels = false;
  unsigned threads = 1;
  // Shared by all merges of the process. The merge takes `memory` bytes of it, or all where 0,
  // before it starts and waits for them.
  MemoryBudget* budget = nullptr;
  std::uint64_t memory = 0;
  MergeProgress* progress = nullptr;
};

struct MergeResult {
  WrittenBlock written;
  TimeRange range;  // of all inputs together
  SampleBooks books;
  std::vector<HealthReport> inputs;  // where health was checked
  std::uint64_t chunks_dropped = 0;  // unread: wholly outside the range or deleted
  // No sample was left: nothing was committed but perhaps segments, which the caller removes.
  bool empty = false;
};

// Merges blocks into one, in the given order (which decides ties). Series stream through in batches
// that any of the threads may cut, process or write; the bytes are the same for any number of
// threads. Throws HealthError for an unhealthy input, corrupt with block, file and offset for a
// broken one, and corrupt if the books do not balance: samples read = written + duplicates +
// outside. Nothing is committed then but perhaps segments.
MergeResult merge_blocks(std::stop_token stop, std::span<const MergeInputBlock> inputs,
                         BlockSink& sink, const MergeOptions& options);

}  // namespace strata::tsdb
