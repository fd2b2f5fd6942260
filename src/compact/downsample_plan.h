#pragma once

#include <chrono>
#include <map>
#include <set>
#include <vector>

#include "compact/group.h"

namespace strata::compact {

// How long a block must be to be downsampled: raw ones to 5 minutes, those to an hour.
inline constexpr std::chrono::hours kDownsampleTo5mAfter{40};
inline constexpr std::chrono::hours kDownsampleTo1hAfter{240};

struct DueBlock {
  MetaPtr block;
  block::Resolution target = block::k5m;
};

struct DownsamplePlan {
  std::vector<DueBlock> due;     // ascending by ULID
  std::vector<MetaPtr> strange;  // of a resolution that nobody knows; nothing is done with them
};

// Blocks that are long enough and have a source that no block of the next resolution has, in
// whatever group. `excluded` is never due itself: those with a no-downsample mark, or set aside.
// They count as present all the same: a 5-minute block with a mark is not made anew.
DownsamplePlan plan_downsampling(const std::map<Ulid, MetaPtr>& loaded,
                                 const std::set<Ulid>& excluded);

}  // namespace strata::compact
