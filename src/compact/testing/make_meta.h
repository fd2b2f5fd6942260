#pragma once

#include <cstdint>
#include <memory>

#include "compact/group.h"

namespace strata::compact::testing {

// ULIDs that order as the numbers do.
Ulid id_of(std::uint64_t number);

struct MetaSpec {
  std::uint64_t id = 0;
  Timestamp min = 0;
  Timestamp max = 0;
  block::Resolution resolution = block::kRaw;
  std::vector<std::uint64_t> sources = {};  // empty: the block itself
  std::uint64_t index_size = 0;
  std::uint64_t series = 0;
  std::uint64_t tombstones = 0;
  bool failed = false;
  std::string extensions = {};
  block::Labels labels{{"cluster", "eu1"}};
};

MetaPtr make_meta(const MetaSpec& spec);
std::vector<MetaPtr> make_metas(const std::vector<MetaSpec>& specs);
std::map<Ulid, MetaPtr> by_id(const std::vector<MetaPtr>& metas);

// The numbers of id_of().
std::vector<std::uint64_t> numbers(const std::vector<MetaPtr>& metas);
std::vector<std::uint64_t> numbers(const std::vector<Ulid>& ids);

}  // namespace strata::compact::testing
