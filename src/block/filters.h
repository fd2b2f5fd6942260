#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "block/relabel.h"
#include "block/snapshot.h"

namespace strata::block {

struct FilterOptions {
  // Blocks whose closed range touches [min_time, max_time] stay.
  Timestamp min_time = std::numeric_limits<Timestamp>::min();
  Timestamp max_time = std::numeric_limits<Timestamp>::max();
  RelabelConfig selector;
  // Labels that the selector does not see: the flag's values as given, not split at commas.
  std::vector<std::string> selector_ignores;
  std::chrono::milliseconds consistency_delay = std::chrono::minutes(30);
  std::chrono::milliseconds delete_delay =
      std::chrono::hours(48);               // half of it hides marked blocks
  std::vector<std::string> replica_labels;  // sorted, unique
  bool gather_no_downsample = true;
};

struct SetAside {
  Ulid block;
  std::string reason;
};

// What is left of a snapshot after the filters, and what they learned on the way.
struct BlockView {
  std::map<Ulid, std::shared_ptr<const Meta>> loaded;  // without replica labels
  std::vector<Ulid> duplicates;                        // ascending
  // Of every block that came as far as the filter of that mark.
  std::map<Ulid, Mark> deletion_marks;
  std::map<Ulid, Mark> no_compact_marks;
  std::map<Ulid, Mark> no_downsample_marks;
  // Blocks that could not be judged: unreadable metas, and marks of an unknown version. One with
  // such a deletion mark leaves the view; with such a no-compact or no-downsample mark it stays, as
  // marked.
  std::vector<SetAside> failed;
  // thanos_blocks_meta_synced by state; every state that the reference creates is there, 0 or not.
  std::map<std::string, std::uint64_t> synced;
  // thanos_blocks_meta_modified{modified="replica-label-removed"}: one per label removed.
  std::uint64_t replica_labels_removed = 0;
};

// Every filter of the reference in its order: time partition, selector, consistency delay, deletion
// marks, replica labels, duplicates, no-compact marks, no-downsample marks.
BlockView apply_filters(const Snapshot& snapshot, const FilterOptions& options, Timestamp now);

// The duplicates among `metas` (labels already without replicas): in each group, blocks with all of
// their sources contained in one other block that stays; of equals the oldest stays. Ascending.
std::vector<Ulid> find_duplicates(const std::map<Ulid, std::shared_ptr<const Meta>>& metas);

}  // namespace strata::block
