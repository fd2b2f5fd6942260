#pragma once

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "compact/group.h"

namespace strata::compact {

// How long blocks are kept after the end of their range; zero is for ever.
struct RetentionPolicy {
  std::chrono::milliseconds raw{0};
  std::chrono::milliseconds five_minutes{0};
  std::chrono::milliseconds one_hour{0};
  // Whether a block waits for the downsampled block that is due from it.
  bool downsampling = true;
};

struct ExpiredBlock {
  Ulid block;
  std::string details;  // for the deletion mark
};

struct RetentionPlan {
  std::vector<ExpiredBlock> expired;  // ascending, without those that `marked` names
  std::vector<Ulid> waiting;          // expired, but not downsampled yet
};

struct RetentionFacts {
  std::set<Ulid> marked = {};         // for deletion already
  std::set<Ulid> no_downsample = {};  // nothing is due from these
};

RetentionPlan plan_retention(const std::map<Ulid, MetaPtr>& loaded, const RetentionFacts& facts,
                             const RetentionPolicy& policy, Timestamp now);

}  // namespace strata::compact
