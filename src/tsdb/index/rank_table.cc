#include "tsdb/index/rank_table.h"

#include <algorithm>

namespace strata::tsdb {

void RankTable::add(const SymbolReader& symbol, std::uint32_t rank) {
  if (by_offset_) {
    offsets_.push_back(symbol.offset());
  }
  ranks_.push_back(rank);
}

std::uint32_t RankTable::rank_at_offset(std::uint64_t ref) const {
  const auto at = std::ranges::lower_bound(offsets_, ref);
  return at == offsets_.end() || *at != ref
             ? kNone
             : ranks_[static_cast<std::size_t>(at - offsets_.begin())];
}

}  // namespace strata::tsdb
