#include "tsdb/index/rank_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/error.h"

namespace strata::tsdb {

void RankTable::add(const SymbolReader& symbol, std::uint32_t rank) {
  if (by_offset_) {
    offsets_.push_back(static_cast<std::uint32_t>(symbol.offset()));
  }
  ranks_.push_back(rank);
}

std::uint32_t RankTable::rank(std::uint64_t ref, const SeriesEntry& entry,
                              const ByteSource& index) const {
  if (!by_offset_) {
    if (ref < ranks_.size()) {
      return ranks_[static_cast<std::size_t>(ref)];
    }
  } else if (ref <= std::numeric_limits<std::uint32_t>::max()) {
    const auto at = std::ranges::lower_bound(offsets_, static_cast<std::uint32_t>(ref));
    if (at != offsets_.end() && *at == ref) {
      return ranks_[static_cast<std::size_t>(at - offsets_.begin())];
    }
  }
  throw_corrupt(fmt::format("series entry: symbol reference {} names no symbol", ref), index.name(),
                entry.offset);
}

void RankTable::translate(const SeriesEntry& entry, const ByteSource& index,
                          std::vector<PackedLabel>& labels) const {
  const std::size_t count = entry.label_refs.size() / 2;
  labels.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t name = rank(entry.label_refs[2 * i], entry, index);
    const std::uint64_t value = rank(entry.label_refs[2 * i + 1], entry, index);
    labels[i] = name << 32 | value;
  }
}

}  // namespace strata::tsdb
