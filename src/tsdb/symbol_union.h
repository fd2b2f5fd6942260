#pragma once

#include <functional>
#include <span>
#include <stop_token>
#include <string_view>
#include <vector>

#include "tsdb/byte_source.h"
#include "tsdb/index/rank_table.h"

namespace strata::tsdb {

// Merges the inputs' symbol tables: `add` sees every symbol of the union once, ascending, used or
// not (the reference keeps those that no series uses). Returns each input's references as ranks in
// the union.
std::vector<RankTable> merge_symbols(std::stop_token stop,
                                     std::span<const BlockSource* const> inputs,
                                     std::span<const Toc> tocs, std::size_t window,
                                     const std::function<void(std::string_view)>& add);

}  // namespace strata::tsdb
