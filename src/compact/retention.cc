#include "compact/retention.h"

#include <algorithm>
#include <limits>

#include "base/duration.h"
#include "compact/downsample_plan.h"

namespace strata::compact {
namespace {

using std::chrono::milliseconds;

milliseconds retention_of(block::Resolution resolution, const RetentionPolicy& policy) {
  switch (resolution) {
    case block::kRaw:
      return policy.raw;
    case block::k5m:
      return policy.five_minutes;
    case block::k1h:
      return policy.one_hour;
    default:
      return milliseconds(0);
  }
}

// Whole seconds of the end count, as the reference counts.
bool is_past(Timestamp end, milliseconds retention, Timestamp now) {
  Timestamp limit = 0;
  if (__builtin_add_overflow(end / 1000 * 1000, retention.count(), &limit)) {
    return false;
  }
  return now > limit;
}

// Ascending.
std::vector<Ulid> due_for_downsampling(const std::map<Ulid, MetaPtr>& loaded,
                                       const std::set<Ulid>& no_downsample) {
  std::vector<Ulid> ids;
  for (const DueBlock& due : plan_downsampling(loaded, no_downsample).due) {
    ids.push_back(due.block->ulid);
  }
  return ids;
}

}  // namespace

RetentionPlan plan_retention(const std::map<Ulid, MetaPtr>& loaded, const RetentionFacts& facts,
                             const RetentionPolicy& policy, Timestamp now) {
  const std::vector<Ulid> due =
      policy.downsampling ? due_for_downsampling(loaded, facts.no_downsample) : std::vector<Ulid>();
  RetentionPlan plan;
  for (const auto& [id, meta] : loaded) {
    const milliseconds retention = retention_of(meta->thanos.resolution, policy);
    if (retention.count() == 0 || facts.marked.contains(id) ||
        !is_past(meta->range.max, retention, now)) {
      continue;
    }
    if (std::ranges::binary_search(due, id)) {
      plan.waiting.push_back(id);
    } else {
      plan.expired.push_back({id, "block exceeding retention of " + format_go_duration(retention)});
    }
  }
  return plan;
}

}  // namespace strata::compact
