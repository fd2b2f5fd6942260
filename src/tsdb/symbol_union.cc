#include "tsdb/symbol_union.h"

#include <string>

#include "base/error.h"

namespace strata::tsdb {
namespace {

constexpr std::uint32_t kStopEvery = 65536;

}  // namespace

std::vector<RankTable> merge_symbols(std::stop_token stop,
                                     std::span<const BlockSource* const> inputs,
                                     std::span<const Toc> tocs, std::size_t window,
                                     const std::function<void(std::string_view)>& add) {
  std::vector<SymbolReader> readers;
  std::vector<RankTable> tables;
  std::vector<bool> alive;
  readers.reserve(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    try {
      readers.emplace_back(inputs[i]->index(), tocs[i], window);
      alive.push_back(readers.back().next());
    } catch (const Error& error) {
      throw error.at({.block = inputs[i]->name(), .file = {}, .offset = std::nullopt});
    }
    tables.emplace_back(tocs[i]);
    tables.back().reserve(readers.back().count());
  }
  // Few inputs and long common runs: a plain scan for the least beats a heap of strings.
  for (std::uint32_t rank = 0;; ++rank) {
    std::size_t least = inputs.size();
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (alive[i] && (least == inputs.size() || readers[i].symbol() < readers[least].symbol())) {
        least = i;
      }
    }
    if (least == inputs.size()) {
      return tables;
    }
    const std::string symbol(readers[least].symbol());
    add(symbol);
    for (std::size_t i = least; i < inputs.size(); ++i) {
      if (alive[i] && readers[i].symbol() == symbol) {
        tables[i].add(readers[i], rank);
        try {
          alive[i] = readers[i].next();
        } catch (const Error& error) {
          throw error.at({.block = inputs[i]->name(), .file = {}, .offset = std::nullopt});
        }
      }
    }
    if (rank % kStopEvery == 0 && stop.stop_requested()) {
      throw Error(ErrorKind::kCancelled, "stopped while merging symbols");
    }
  }
}

}  // namespace strata::tsdb
