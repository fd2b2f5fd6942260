#include "tsdb/index/rank_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace strata::tsdb {

void RankTable::add(const SymbolReader& symbol, std::uint32_t rank) {
  if (by_offset_) {
    offsets_.push_back(symbol.offset());
  }
  ranks_.push_back(rank);
}

void RankTable::fail(std::uint64_t ref, const SeriesEntry& entry, const ByteSource& index) {
  throw_corrupt(fmt::format("series entry: symbol reference {} names no symbol", ref), index.name(),
                entry.offset);
}

std::uint32_t RankTable::rank_at_offset(std::uint64_t ref, const SeriesEntry& entry,
                                        const ByteSource& index) const {
  const auto at = std::ranges::lower_bound(offsets_, ref);
  if (at == offsets_.end() || *at != ref) {
    fail(ref, entry, index);
  }
  return ranks_[static_cast<std::size_t>(at - offsets_.begin())];
}

void RankTable::translate(const SeriesEntry& entry, const ByteSource& index,
                          std::vector<PackedLabel>& labels) const {
  const std::size_t count = entry.label_refs.size() / 2;
  labels.resize(count);
  const std::uint64_t* ref = entry.label_refs.data();
  for (PackedLabel& label : labels) {
    const std::uint64_t name = *ref++;
    const std::uint64_t value = *ref++;
    if (by_offset_) {
      label = static_cast<std::uint64_t>(rank_at_offset(name, entry, index)) << 32 |
              rank_at_offset(value, entry, index);
      continue;
    }
    if (name >= ranks_.size() || value >= ranks_.size()) {
      fail(std::max(name, value), entry, index);
    }
    label = static_cast<std::uint64_t>(ranks_[name]) << 32 | ranks_[value];
  }
}

}  // namespace strata::tsdb
