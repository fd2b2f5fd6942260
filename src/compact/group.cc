#include "compact/group.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

#include "block/group_key.h"

namespace strata::compact {
namespace {

// A chain of blocks can overlap in very many pairs; nobody reads more than a few of them.
constexpr std::size_t kMaxOverlapsShown = 10;

std::string common_extensions(const std::vector<MetaPtr>& blocks) {
  nlohmann::json common;
  for (const MetaPtr& meta : blocks) {
    if (meta->thanos.extensions.empty()) {
      continue;
    }
    auto own = nlohmann::json::parse(meta->thanos.extensions, nullptr, /*allow_exceptions=*/false);
    if (!own.is_object()) {
      continue;
    }
    if (common.is_null()) {
      common = std::move(own);
      continue;
    }
    for (auto at = common.begin(); at != common.end();) {
      at = own.contains(at.key()) ? std::next(at) : common.erase(at);
    }
  }
  return common.is_null() ? std::string() : common.dump();
}

}  // namespace

std::string group_title(block::Resolution resolution, const block::Labels& labels) {
  std::string text = fmt::format("{}@{{", resolution);
  for (const auto& [name, value] : labels) {
    text += fmt::format("{}{}=\"{}\"", text.ends_with('{') ? "" : ", ", name, value);
  }
  return text + "}";
}

std::vector<Group> make_groups(const std::map<Ulid, MetaPtr>& loaded) {
  std::map<std::string, Group> by_key;
  for (const auto& [id, meta] : loaded) {
    const std::string key = block::group_key(meta->thanos.resolution, meta->labels());
    Group& group = by_key[key];
    if (group.blocks.empty()) {
      group.key = key;
      group.resolution = meta->thanos.resolution;
      group.labels = meta->labels();
    }
    group.blocks.push_back(meta);
  }
  std::vector<Group> groups;
  groups.reserve(by_key.size());
  for (auto& [key, group] : by_key) {
    std::ranges::sort(group.blocks, {},
                      [](const MetaPtr& meta) { return std::tuple(meta->range.min, meta->ulid); });
    group.extensions = common_extensions(group.blocks);
    groups.push_back(std::move(group));
  }
  return groups;
}

std::string describe_overlaps(const std::vector<MetaPtr>& blocks) {
  std::string text;
  std::size_t found = 0;
  const block::Meta* longest = nullptr;
  for (const MetaPtr& meta : blocks) {
    if (longest != nullptr && meta->range.min < longest->range.max && found++ < kMaxOverlapsShown) {
      text += fmt::format("{}{} ({}-{}) overlaps {} ({}-{})", text.empty() ? "" : "; ",
                          meta->ulid.to_string(), meta->range.min, meta->range.max,
                          longest->ulid.to_string(), longest->range.min, longest->range.max);
    }
    if (longest == nullptr || meta->range.max > longest->range.max) {
      longest = meta.get();
    }
  }
  return found > kMaxOverlapsShown ? fmt::format("{}; and {} more", text, found - kMaxOverlapsShown)
                                   : text;
}

}  // namespace strata::compact
