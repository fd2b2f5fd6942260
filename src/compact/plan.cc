#include "compact/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace strata::compact {
namespace {

// A merged index is a little larger than its inputs: room of 15 %.
constexpr double kIndexSizeShare = 0.85;
constexpr double kMaxTombstonesPerSeries = 0.05;

using Blocks = std::span<const MetaPtr>;

std::vector<MetaPtr> copy(Blocks blocks) {
  return {blocks.begin(), blocks.end()};
}

constexpr Timestamp kLast = std::numeric_limits<Timestamp>::max();

// The end of the aligned window of `range` that `at` falls into; windows are aligned below zero
// too. Times that no clock shows do not overflow.
Timestamp window_end(Timestamp at, std::int64_t range) {
  const Timestamp number = at / range - (at % range < 0 ? 1 : 0);
  Timestamp end = 0;
  if (__builtin_mul_overflow(number, range, &end) || __builtin_add_overflow(end, range, &end)) {
    return at < 0 ? std::numeric_limits<Timestamp>::min() : kLast;
  }
  return end;
}

std::int64_t distance(Timestamp from, Timestamp to) {
  std::int64_t length = 0;
  return __builtin_sub_overflow(to, from, &length) ? kLast : length;
}

// Consecutive blocks that fit into one aligned window of `range`. Blocks that cross a border are
// left out.
std::vector<Blocks> split_by_range(Blocks blocks, std::int64_t range) {
  std::vector<Blocks> parts;
  std::size_t at = 0;
  while (at < blocks.size()) {
    const Timestamp end = window_end(blocks[at]->range.min, range);
    const std::size_t begin = at;
    while (at < blocks.size() && blocks[at]->range.max <= end) {
      ++at;
    }
    if (at == begin) {
      ++at;
      continue;
    }
    parts.push_back(blocks.subspan(begin, at - begin));
  }
  return parts;
}

// A window is due when it is full from end to end, or when newer blocks than its own exist.
bool is_due(Blocks part, std::int64_t range, Timestamp newest_start) {
  const bool has_failed =
      std::ranges::any_of(part, [](const MetaPtr& meta) { return meta->compaction.failed; });
  const Timestamp end = part.back()->range.max;
  return part.size() >= 2 && !has_failed &&
         (distance(part.front()->range.min, end) == range || end <= newest_start);
}

// The first run of at least two neighbours that are not excluded.
Blocks first_allowed_run(Blocks part, const std::set<Ulid>& excluded) {
  std::size_t begin = 0;
  for (std::size_t at = 0; at <= part.size(); ++at) {
    if (at < part.size() && !excluded.contains(part[at]->ulid)) {
      continue;
    }
    if (at - begin >= 2) {
      return part.subspan(begin, at - begin);
    }
    begin = at + 1;
  }
  return {};
}

// Excluded blocks are among `blocks`: they keep their place in their window.
Blocks select_range(Blocks blocks, const std::set<Ulid>& excluded,
                    std::span<const std::int64_t> ranges) {
  if (ranges.size() < 2 || blocks.empty()) {
    return {};
  }
  const Timestamp newest_start = blocks.back()->range.min;
  for (const std::int64_t range : ranges.subspan(1)) {
    for (const Blocks part : split_by_range(blocks, range)) {
      if (!is_due(part, range, newest_start)) {
        continue;
      }
      if (const Blocks run = first_allowed_run(part, excluded); !run.empty()) {
        return run;
      }
    }
  }
  return {};
}

Blocks select_tombstones(Blocks allowed, std::span<const std::int64_t> ranges) {
  if (ranges.empty()) {
    return {};
  }
  const std::int64_t min_length = ranges[ranges.size() / 2];
  for (std::size_t at = allowed.size(); at-- > 0;) {
    const block::Meta& meta = *allowed[at];
    if (distance(meta.range.min, meta.range.max) < min_length) {
      break;
    }
    const auto series = static_cast<double>(meta.stats.num_series + 1);
    if (static_cast<double>(meta.stats.num_tombstones) / series > kMaxTombstonesPerSeries) {
      return allowed.subspan(at, 1);
    }
  }
  return {};
}

std::uint64_t index_size_of(const block::Meta& meta, const PlanFacts& facts) {
  std::uint64_t size = 0;
  for (const block::MetaFile& file : meta.thanos.files) {
    if (file.rel_path == "index") {
      size = file.size_bytes;
    }
  }
  return size > 0 ? size : facts.index_size(meta);
}

// The block to leave out so that the merged index stays below the limit; null when it does.
const block::Meta* too_large(Blocks plan, const PlanFacts& facts, std::uint64_t limit) {
  std::uint64_t total = 0;
  std::uint64_t largest_size = 0;
  const block::Meta* largest = nullptr;
  for (const MetaPtr& meta : plan) {
    const std::uint64_t size = index_size_of(*meta, facts);
    if (largest == nullptr || size > largest_size) {
      largest = meta.get();
      largest_size = size;
    }
    total += size;
    if (total >= limit) {
      return largest;
    }
  }
  return nullptr;
}

void plan_below_index_size(Blocks blocks, PlanFacts& facts, const PlanOptions& options,
                           Plan& plan) {
  const auto limit =
      static_cast<std::uint64_t>(static_cast<double>(options.max_index_size) * kIndexSizeShare);
  for (;;) {
    plan.blocks = plan_base(blocks, facts.excluded, options.ranges);
    const block::Meta* victim = too_large(plan.blocks, facts, limit);
    if (victim == nullptr) {
      return;
    }
    plan.marks.push_back({victim->ulid, block::kReasonIndexSize,
                          fmt::format("the index of a merge with this block could exceed {} bytes",
                                      options.max_index_size)});
    facts.excluded.insert(victim->ulid);
  }
}

}  // namespace

std::vector<MetaPtr> first_overlap(Blocks blocks) {
  std::vector<MetaPtr> chain;
  Timestamp end = 0;
  for (std::size_t at = 0; at < blocks.size(); ++at) {
    const TimeRange& range = blocks[at]->range;
    if (at > 0 && range.min < end) {
      if (chain.empty()) {
        chain.push_back(blocks[at - 1]);
      }
      chain.push_back(blocks[at]);
    } else if (!chain.empty()) {
      break;
    }
    end = at == 0 ? range.max : std::max(end, range.max);
  }
  return chain;
}

std::vector<Ulid> shared_sources(Blocks blocks) {
  std::set<Ulid> seen;
  std::set<Ulid> shared;
  for (const MetaPtr& meta : blocks) {
    for (const Ulid& source : meta->compaction.sources) {
      if (!seen.insert(source).second) {
        shared.insert(source);
      }
    }
  }
  return {shared.begin(), shared.end()};
}

std::vector<MetaPtr> plan_base(Blocks blocks, const std::set<Ulid>& excluded,
                               std::span<const std::int64_t> ranges) {
  if (blocks.empty()) {
    return {};
  }
  std::vector<MetaPtr> allowed;
  std::ranges::copy_if(blocks, std::back_inserter(allowed),
                       [&](const MetaPtr& meta) { return !excluded.contains(meta->ulid); });
  if (auto chain = first_overlap(allowed); !chain.empty()) {
    return chain;
  }
  // The newest block waits: whoever uploaded it has a block's length of time to repair what is
  // wrong with it.
  if (!excluded.contains(blocks.back()->ulid)) {
    allowed.pop_back();
  }
  if (const Blocks run = select_range(blocks.first(blocks.size() - 1), excluded, ranges);
      !run.empty()) {
    return copy(run);
  }
  return copy(select_tombstones(allowed, ranges));
}

Plan make_plan(Blocks blocks, const PlanFacts& facts, const PlanOptions& options) {
  Plan plan;
  PlanFacts known = facts;
  for (;;) {
    plan_below_index_size(blocks, known, options, plan);
    if (!options.vertical || first_overlap(plan.blocks).empty()) {
      return plan;
    }
    const std::size_t before = known.excluded.size();
    for (const MetaPtr& meta : plan.blocks) {
      if (meta->thanos.resolution != block::kRaw) {
        plan.marks.push_back({meta->ulid, block::kReasonVerticalDownsample,
                              "downsampled blocks that overlap cannot be merged"});
        known.excluded.insert(meta->ulid);
      }
    }
    if (known.excluded.size() == before) {
      return plan;
    }
  }
}

}  // namespace strata::compact
