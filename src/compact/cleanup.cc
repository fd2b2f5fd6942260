#include "compact/cleanup.h"

#include <algorithm>
#include <iterator>

#include "block/remove_block.h"

namespace strata::compact {
namespace {

bool is_partial(const block::BlockEntry& entry) {
  return entry.state == block::BlockState::kNoMeta ||
         entry.state == block::BlockState::kCorruptMeta;
}

// Younger than nothing is a mark of the future: not to be acted on.
bool is_older(const block::Mark& mark, std::chrono::milliseconds delay, Timestamp now) {
  std::int64_t marked = 0;
  std::int64_t age = 0;
  if (__builtin_mul_overflow(mark.time_s, 1000, &marked) ||
      __builtin_sub_overflow(now, marked, &age)) {
    return mark.time_s < 0;
  }
  return age > delay.count();
}

}  // namespace

std::vector<Ulid> blocks_to_purge(const block::Snapshot& snapshot, const block::BlockView& view,
                                  std::chrono::milliseconds delete_delay, Timestamp now) {
  std::set<Ulid> purge;
  for (const auto& [id, mark] : view.deletion_marks) {
    if (is_older(mark, delete_delay, now)) {
      purge.insert(id);
    }
  }
  for (const auto& [id, entry] : snapshot.blocks) {
    const auto& mark = entry.mark(block::MarkKind::kDeletion);
    if (is_partial(entry) && mark && mark->error.empty() &&
        is_older(mark->mark, delete_delay, now)) {
      purge.insert(id);
    }
  }
  return {purge.begin(), purge.end()};
}

std::vector<Ulid> garbage(const block::BlockView& view, const std::set<Ulid>& just_purged) {
  std::vector<Ulid> ids;
  std::ranges::copy_if(view.duplicates, std::back_inserter(ids), [&](const Ulid& id) {
    return !view.deletion_marks.contains(id) && !just_purged.contains(id);
  });
  return ids;
}

std::vector<Ulid> aborted_uploads(const block::Snapshot& snapshot, Timestamp now) {
  std::vector<Ulid> ids;
  for (const auto& [id, entry] : snapshot.blocks) {
    if (is_partial(entry) && !entry.mark(block::MarkKind::kDeletion) &&
        block::partial_upload_age(id, entry.files, now) > block::kAbortedUploadAge) {
      ids.push_back(id);
    }
  }
  return ids;
}

}  // namespace strata::compact
