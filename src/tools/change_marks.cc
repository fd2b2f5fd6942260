#include "tools/change_marks.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "block/listing.h"

namespace strata::tools {
namespace {

MarkedBlock put(const std::stop_token& stop, objstore::Bucket& bucket, const Clock& clock,
                const MarkBlocksOptions& options, const Ulid& id) {
  const bool is_deletion = options.kind == block::MarkKind::kDeletion;
  const block::Mark mark{.kind = options.kind,
                         .block = id,
                         .details = options.details,
                         .time_s = clock.now_s(),
                         .reason = is_deletion ? "" : std::string(block::kReasonManual)};
  const bool written = block::put_mark(stop, bucket, mark) == block::MarkPut::kWritten;
  return {id, written ? MarkChange::kWritten : MarkChange::kAlreadyThere};
}

}  // namespace

std::optional<block::MarkKind> parse_mark_kind(std::string_view file) {
  const auto found = std::ranges::find(block::kMarkKinds, file, block::mark_file);
  return found == block::kMarkKinds.end() ? std::nullopt : std::optional(*found);
}

std::vector<MarkedBlock> change_marks(std::stop_token stop, objstore::Bucket& bucket,
                                      const Clock& clock, const MarkBlocksOptions& options) {
  std::vector<Ulid> ids;
  std::set<Ulid> seen;
  std::ranges::copy_if(options.ids, std::back_inserter(ids),
                       [&](const Ulid& id) { return seen.insert(id).second; });
  if (!options.remove) {
    for (const Ulid& id : ids) {
      (void)block::list_block(stop, bucket, id);
    }
  }
  std::vector<MarkedBlock> changed;
  for (const Ulid& id : ids) {
    if (!options.remove) {
      changed.push_back(put(stop, bucket, clock, options, id));
      continue;
    }
    const bool was_there = block::remove_mark(stop, bucket, options.kind, id);
    changed.push_back({id, was_there ? MarkChange::kRemoved : MarkChange::kWasNotThere});
  }
  return changed;
}

}  // namespace strata::tools
