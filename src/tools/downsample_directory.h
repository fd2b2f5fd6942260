#pragma once

#include <filesystem>
#include <stop_token>

#include "base/memory_budget.h"
#include "base/ulid.h"
#include "downsample/downsample_block.h"

namespace strata::tools {

struct DownsampleDirectoryOptions {
  downsample::Resolution target = downsample::k5m;
  std::uint64_t segment_size = std::uint64_t{512} << 20;
  unsigned threads = 1;
};

struct DownsampledDirectory {
  Ulid block;
  downsample::BlockResult result;
};

// Downsamples the block of a local directory into a new one below `out`, as the reference's
// downsampler does: no checks of health, external labels as they are. The input stays. Throws
// invalid unless the block has the resolution right below the target. Errors name the block.
DownsampledDirectory downsample_directory(std::stop_token stop, const std::filesystem::path& input,
                                          const std::filesystem::path& out, UlidSource& ulids,
                                          MemoryBudget& budget,
                                          const DownsampleDirectoryOptions& options);

}  // namespace strata::tools
