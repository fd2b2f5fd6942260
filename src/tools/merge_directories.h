#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <vector>

#include "base/memory_budget.h"
#include "base/ulid.h"
#include "tsdb/merge.h"

namespace strata::tools {

struct MergeDirectoriesOptions {
  tsdb::MergeFunction function = tsdb::MergeFunction::kOneToOne;
  std::uint64_t segment_size = std::uint64_t{512} << 20;
  unsigned threads = 1;
};

struct MergedDirectory {
  std::optional<Ulid> block;  // empty: no sample was left, nothing was written
  tsdb::MergeResult result;
};

// Merges the blocks of local directories, in this order, into a new one below `out`, as Prometheus'
// own compactor does: no checks of health, no external labels, an empty tombstones file. The inputs
// stay as they are. Errors name the block.
MergedDirectory merge_directories(std::stop_token stop,
                                  const std::vector<std::filesystem::path>& inputs,
                                  const std::filesystem::path& out, UlidSource& ulids,
                                  MemoryBudget& budget, const MergeDirectoriesOptions& options);

}  // namespace strata::tools
