#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "block/meta.h"

namespace strata::compact {

using MetaPtr = std::shared_ptr<const block::Meta>;

// "0@{cluster=\"eu1\"}", for people.
std::string group_title(block::Resolution resolution, const block::Labels& labels);

// Blocks that may be merged with each other: one resolution, one set of external labels.
struct Group {
  std::string key;
  block::Resolution resolution = block::kRaw;
  block::Labels labels;
  std::vector<MetaPtr> blocks;  // by minTime; of equals the smaller ULID first
  // What all members with extensions agree to have, with the values of the first: compact JSON,
  // empty for none.
  std::string extensions;

  std::string title() const { return group_title(resolution, labels); }
};

// Ordered by key.
std::vector<Group> make_groups(const std::map<Ulid, MetaPtr>& loaded);

// Pairs of blocks with a common time, as "A (min-max), B (min-max)"; empty when there are none.
// `blocks` by minTime.
std::string describe_overlaps(const std::vector<MetaPtr>& blocks);

}  // namespace strata::compact
