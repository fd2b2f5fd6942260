#include "compact/testing/make_meta.h"

namespace strata::compact::testing {

Ulid id_of(std::uint64_t number) {
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t at = 16; at-- > 8;) {
    bytes.at(at) = static_cast<std::uint8_t>(number);
    number >>= 8;
  }
  return Ulid(bytes);
}

MetaPtr make_meta(const MetaSpec& spec) {
  auto meta = std::make_shared<block::Meta>();
  meta->ulid = id_of(spec.id);
  meta->range = {spec.min, spec.max};
  meta->stats.num_series = spec.series;
  meta->stats.num_tombstones = spec.tombstones;
  meta->compaction.level = 1;
  meta->compaction.failed = spec.failed;
  for (const std::uint64_t source : spec.sources) {
    meta->compaction.sources.push_back(id_of(source));
  }
  if (spec.sources.empty()) {
    meta->compaction.sources.push_back(meta->ulid);
  }
  meta->thanos.labels = spec.labels;
  meta->thanos.resolution = spec.resolution;
  meta->thanos.extensions = spec.extensions;
  if (spec.index_size > 0) {
    meta->thanos.files.push_back({.rel_path = "index",
                                  .size_bytes = spec.index_size,
                                  .hash_function = {},
                                  .hash_value = {}});
  }
  return meta;
}

std::vector<MetaPtr> make_metas(const std::vector<MetaSpec>& specs) {
  std::vector<MetaPtr> metas;
  for (const MetaSpec& spec : specs) {
    metas.push_back(make_meta(spec));
  }
  return metas;
}

std::map<Ulid, MetaPtr> by_id(const std::vector<MetaPtr>& metas) {
  std::map<Ulid, MetaPtr> map;
  for (const MetaPtr& meta : metas) {
    map.emplace(meta->ulid, meta);
  }
  return map;
}

std::vector<std::uint64_t> numbers(const std::vector<Ulid>& ids) {
  std::vector<std::uint64_t> found;
  for (const Ulid& id : ids) {
    std::uint64_t number = 0;
    for (std::size_t at = 8; at < 16; ++at) {
      number = number << 8 | id.bytes().at(at);
    }
    found.push_back(number);
  }
  return found;
}

std::vector<std::uint64_t> numbers(const std::vector<MetaPtr>& metas) {
  std::vector<Ulid> ids;
  for (const MetaPtr& meta : metas) {
    ids.push_back(meta->ulid);
  }
  return numbers(ids);
}

}  // namespace strata::compact::testing
