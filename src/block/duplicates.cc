#include <algorithm>
#include <map>
#include <utility>

#include "block/filters.h"
#include "block/group_key.h"

namespace strata::block {
namespace {

struct Candidate {
  Ulid id;
  std::size_t listed;         // sources as they stand in the meta, repetitions included
  std::vector<Ulid> sources;  // sorted and unique
};

bool covers(const Candidate& parent, const Candidate& child) {
  return std::ranges::all_of(child.sources, [&](const Ulid& source) {
    return std::ranges::binary_search(parent.sources, source);
  });
}

// The blocks of one group that stay, found by their sources: a block need only be compared with
// those that have its rarest source.
class CoveringSet {
 public:
  bool covers_all_of(const Candidate& child) const {
    if (child.sources.empty()) {
      return !parents_.empty();
    }
    const std::vector<const Candidate*>* fewest = nullptr;
    for (const Ulid& source : child.sources) {
      const auto found = by_source_.find(source);
      if (found == by_source_.end()) {
        return false;
      }
      if (fewest == nullptr || found->second.size() < fewest->size()) {
        fewest = &found->second;
      }
    }
    return std::ranges::any_of(*fewest,
                               [&](const Candidate* parent) { return covers(*parent, child); });
  }

  void add(const Candidate& block) {
    parents_.push_back(&block);
    for (const Ulid& source : block.sources) {
      by_source_[source].push_back(&block);
    }
  }

 private:
  std::vector<const Candidate*> parents_;
  std::map<Ulid, std::vector<const Candidate*>> by_source_;
};

void find_in_group(std::vector<Candidate>& group, std::vector<Ulid>& duplicates) {
  std::ranges::sort(group, [](const Candidate& a, const Candidate& b) {
    return a.listed != b.listed ? a.listed > b.listed : a.id < b.id;
  });
  CoveringSet kept;
  for (const Candidate& block : group) {
    if (kept.covers_all_of(block)) {
      duplicates.push_back(block.id);
    } else {
      kept.add(block);
    }
  }
}

}  // namespace

std::vector<Ulid> find_duplicates(const std::map<Ulid, std::shared_ptr<const Meta>>& metas) {
  std::map<std::pair<Resolution, std::uint64_t>, std::vector<Candidate>> groups;
  for (const auto& [id, meta] : metas) {
    Candidate block{
        .id = id, .listed = meta->compaction.sources.size(), .sources = meta->compaction.sources};
    std::ranges::sort(block.sources);
    const auto repeated = std::ranges::unique(block.sources);
    block.sources.erase(repeated.begin(), repeated.end());
    groups[{meta->thanos.resolution, hash_labels(meta->labels())}].push_back(std::move(block));
  }
  std::vector<Ulid> duplicates;
  for (auto& [key, group] : groups) {
    find_in_group(group, duplicates);
  }
  std::ranges::sort(duplicates);
  return duplicates;
}

}  // namespace strata::block
