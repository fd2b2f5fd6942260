#include "compact/downsample_plan.h"

#include <algorithm>

namespace strata::compact {
namespace {

using std::chrono::milliseconds;

bool is_long(const TimeRange& range, milliseconds length) {
  std::int64_t span = 0;
  return __builtin_sub_overflow(range.max, range.min, &span) || span >= length.count();
}

std::set<Ulid> sources_at(const std::map<Ulid, MetaPtr>& loaded, block::Resolution resolution) {
  std::set<Ulid> sources;
  for (const auto& [id, meta] : loaded) {
    if (meta->thanos.resolution == resolution) {
      sources.insert(meta->compaction.sources.begin(), meta->compaction.sources.end());
    }
  }
  return sources;
}

bool has_all(const std::set<Ulid>& have, const std::vector<Ulid>& wanted) {
  return std::ranges::all_of(wanted, [&](const Ulid& id) { return have.contains(id); });
}

}  // namespace

DownsamplePlan plan_downsampling(const std::map<Ulid, MetaPtr>& loaded,
                                 const std::set<Ulid>& excluded) {
  const std::set<Ulid> in_5m = sources_at(loaded, block::k5m);
  const std::set<Ulid> in_1h = sources_at(loaded, block::k1h);
  DownsamplePlan plan;
  for (const auto& [id, meta] : loaded) {
    const block::Resolution resolution = meta->thanos.resolution;
    const bool is_raw = resolution == block::kRaw;
    if (!is_raw && resolution != block::k5m) {
      if (resolution != block::k1h) {
        plan.strange.push_back(meta);
      }
      continue;
    }
    if (!excluded.contains(id) &&
        is_long(meta->range, is_raw ? kDownsampleTo5mAfter : kDownsampleTo1hAfter) &&
        !has_all(is_raw ? in_5m : in_1h, meta->compaction.sources)) {
      plan.due.push_back({.block = meta, .target = is_raw ? block::k5m : block::k1h});
    }
  }
  return plan;
}

}  // namespace strata::compact
