#pragma once

#include <chrono>
#include <set>
#include <vector>

#include "block/filters.h"
#include "block/snapshot.h"

namespace strata::compact {

// Blocks to remove from the bucket: marked for longer than `delete_delay`. Besides those that the
// filters let through these are blocks whose meta is gone but whose mark is still there, which is
// what an interrupted removal leaves. Ascending.
std::vector<Ulid> blocks_to_purge(const block::Snapshot& snapshot, const block::BlockView& view,
                                  std::chrono::milliseconds delete_delay, Timestamp now);

// Duplicates that are to be marked for deletion. Ascending.
std::vector<Ulid> garbage(const block::BlockView& view, const std::set<Ulid>& just_purged);

// Partial blocks that nobody has added to for two days. Those with a deletion mark are left to
// purging. Ascending.
std::vector<Ulid> aborted_uploads(const block::Snapshot& snapshot, Timestamp now);

}  // namespace strata::compact
