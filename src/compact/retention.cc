#include "compact/retention.h"

#include <algorithm>
#include <limits>

#include "base/duration.h"

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

bool is_long(const TimeRange& range, milliseconds length) {
  std::int64_t span = 0;
  return __builtin_sub_overflow(range.max, range.min, &span) || span >= length.count();
}

std::set<Ulid> sources_at(const std::map<Ulid, MetaPtr>& loaded,
                          const std::set<Ulid>& no_downsample, block::Resolution resolution) {
  std::set<Ulid> sources;
  for (const auto& [id, meta] : loaded) {
    if (meta->thanos.resolution == resolution && !no_downsample.contains(id)) {
      sources.insert(meta->compaction.sources.begin(), meta->compaction.sources.end());
    }
  }
  return sources;
}

bool has_all(const std::set<Ulid>& have, const std::vector<Ulid>& wanted) {
  return std::ranges::all_of(wanted, [&](const Ulid& id) { return have.contains(id); });
}

}  // namespace

std::vector<Ulid> due_for_downsampling(const std::map<Ulid, MetaPtr>& loaded,
                                       const std::set<Ulid>& no_downsample) {
  const std::set<Ulid> in_5m = sources_at(loaded, no_downsample, block::k5m);
  const std::set<Ulid> in_1h = sources_at(loaded, no_downsample, block::k1h);
  std::vector<Ulid> due;
  for (const auto& [id, meta] : loaded) {
    const bool is_raw = meta->thanos.resolution == block::kRaw;
    const bool has_next = is_raw || meta->thanos.resolution == block::k5m;
    if (has_next && !no_downsample.contains(id) &&
        is_long(meta->range, is_raw ? kDownsampleTo5mAfter : kDownsampleTo1hAfter) &&
        !has_all(is_raw ? in_5m : in_1h, meta->compaction.sources)) {
      due.push_back(id);
    }
  }
  return due;
}

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
