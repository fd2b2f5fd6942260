#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "block/marks.h"
#include "compact/group.h"

namespace strata::compact {

// The lengths of blocks that compaction aims at, ms, ascending: an hour, two, eight, two days, two
// weeks.
inline constexpr std::int64_t kDefaultRanges[] = {3'600'000, 7'200'000, 28'800'000, 172'800'000,
                                                  1'209'600'000};

struct PlanOptions {
  std::vector<std::int64_t> ranges{std::begin(kDefaultRanges), std::end(kDefaultRanges)};
  std::uint64_t max_index_size = std::uint64_t{64} << 30;
  bool vertical = false;
};

// A no-compact mark that the plan rests on; it goes to the bucket before the plan is carried out.
struct PlannedMark {
  Ulid block;
  std::string_view reason;  // one of block::kReason…
  std::string details;
};

struct Plan {
  std::vector<MetaPtr> blocks;  // to be merged into one; empty: nothing to do
  std::vector<PlannedMark> marks;
};

// What is known besides the metas.
struct PlanFacts {
  std::set<Ulid> excluded = {};  // no-compact-marked, or set aside in this run
  std::function<std::uint64_t(const block::Meta&)> index_size;  // asked where the meta does not say
};

// The next merge within one group. Vertical first, then the smallest range that is due, then a
// block with many tombstones; never the newest block horizontally. `blocks` by minTime. Pure,
// index_size aside.
Plan make_plan(std::span<const MetaPtr> blocks, const PlanFacts& facts, const PlanOptions& options);

// The rule without index sizes and downsampled overlaps.
std::vector<MetaPtr> plan_base(std::span<const MetaPtr> blocks, const std::set<Ulid>& excluded,
                               std::span<const std::int64_t> ranges);

// The first chain of blocks that overlap, with the block that it begins at. `blocks` by minTime.
std::vector<MetaPtr> first_overlap(std::span<const MetaPtr> blocks);

// The ULIDs that occur among the sources of two blocks, ascending.
std::vector<Ulid> shared_sources(std::span<const MetaPtr> blocks);

}  // namespace strata::compact
