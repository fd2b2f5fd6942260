#include "block/filters.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

#include "block/group_key.h"

namespace strata::block {
namespace {

using MetaMap = std::map<Ulid, std::shared_ptr<const Meta>>;

constexpr std::array<std::string_view, 11> kStates = {"corrupted-meta-json",
                                                      "no-meta-json",
                                                      "loaded",
                                                      "too-fresh",
                                                      "failed",
                                                      "label-excluded",
                                                      "time-excluded",
                                                      "duplicate",
                                                      "marked-for-deletion",
                                                      "marked-for-no-compact",
                                                      "parquet-migrated"};

// One run of all filters over one snapshot.
class Filters {
 public:
  Filters(const Snapshot& snapshot, const FilterOptions& options, Timestamp now)
      : snapshot_(snapshot), options_(options), now_(now) {}

  BlockView run() {
    for (const auto state : kStates) {
      view_.synced[std::string(state)] = 0;
    }
    gather_blocks();
    drop("time-excluded", [this](const Ulid&, const Meta& meta) { return is_outside(meta); });
    drop("label-excluded",
         [this](const Ulid& id, const Meta& meta) { return is_deselected(id, meta); });
    drop("too-fresh", [this](const Ulid& id, const Meta& meta) { return is_too_fresh(id, meta); });
    drop("marked-for-deletion",
         [this](const Ulid& id, const Meta&) { return is_being_deleted(id); });
    remove_replica_labels();
    drop_duplicates();
    gather_marks(MarkKind::kNoCompact, view_.no_compact_marks);
    count("marked-for-no-compact", view_.no_compact_marks.size());
    if (options_.gather_no_downsample) {
      gather_marks(MarkKind::kNoDownsample, view_.no_downsample_marks);
      if (!view_.no_downsample_marks.empty()) {
        count("marked-for-no-downsample", view_.no_downsample_marks.size());
      }
    }
    count("loaded", view_.loaded.size());
    count("failed", view_.failed.size());
    return std::move(view_);
  }

 private:
  void count(std::string_view state, std::uint64_t number) {
    view_.synced[std::string(state)] += number;
  }

  void gather_blocks();
  template <class Predicate>
  void drop(std::string_view state, Predicate is_unwanted);
  bool is_outside(const Meta& meta) const;
  bool is_deselected(const Ulid& id, const Meta& meta) const;
  bool is_too_fresh(const Ulid& id, const Meta& meta) const;
  bool is_being_deleted(const Ulid& id);
  void remove_replica_labels();
  void drop_duplicates();
  void gather_marks(MarkKind kind, std::map<Ulid, Mark>& marks);

  const Snapshot& snapshot_;
  const FilterOptions& options_;
  const Timestamp now_;
  BlockView view_;
};

void Filters::gather_blocks() {
  for (const auto& [id, entry] : snapshot_.blocks) {
    switch (entry.state) {
      case BlockState::kWhole:
        view_.loaded.emplace_hint(view_.loaded.end(), id, entry.meta);
        break;
      case BlockState::kNoMeta:
        count("no-meta-json", 1);
        break;
      case BlockState::kCorruptMeta:
        count("corrupted-meta-json", 1);
        break;
      case BlockState::kFailed:
        view_.failed.push_back({id, entry.reason});
        break;
    }
  }
}

template <class Predicate>
void Filters::drop(std::string_view state, Predicate is_unwanted) {
  // Those that fail within the predicate leave the view too, but are counted as failed.
  const std::size_t failed_before = view_.failed.size();
  const std::size_t dropped = std::erase_if(
      view_.loaded, [&](const auto& block) { return is_unwanted(block.first, *block.second); });
  count(state, dropped - (view_.failed.size() - failed_before));
}

bool Filters::is_outside(const Meta& meta) const {
  return meta.range.max < options_.min_time || meta.range.min > options_.max_time;
}

bool Filters::is_deselected(const Ulid& id, const Meta& meta) const {
  if (options_.selector.empty()) {
    return false;
  }
  Labels labels = meta.labels();
  for (const auto& name : options_.selector_ignores) {
    labels.erase(name);
  }
  labels["__block_id"] = id.to_string();
  return !options_.selector.keeps(std::move(labels));
}

bool Filters::is_too_fresh(const Ulid& id, const Meta& meta) const {
  constexpr std::array<std::string_view, 3> kExempt = {"bucket.repair", "compactor",
                                                       "compactor.repair"};
  if (std::ranges::find(kExempt, meta.thanos.source) != kExempt.end()) {
    return false;
  }
  const auto delay = options_.consistency_delay.count();
  if (const auto uploaded = upload_time_ms(meta)) {
    return now_ - *uploaded < delay;
  }
  // Unsigned, as in the reference: an id from the future is old.
  return static_cast<std::uint64_t>(now_ - id.time_ms()) < static_cast<std::uint64_t>(delay);
}

bool Filters::is_being_deleted(const Ulid& id) {
  const auto& found = snapshot_.blocks.at(id).mark(MarkKind::kDeletion);
  if (!found) {
    return false;
  }
  if (!found->error.empty()) {
    view_.failed.push_back({id, found->error});
    return true;
  }
  view_.deletion_marks.emplace(id, found->mark);
  // In floating point no time in a mark can overflow.
  const double age_ms =
      static_cast<double>(now_) - static_cast<double>(found->mark.time_s) * 1000.0;
  return age_ms > static_cast<double>(options_.delete_delay.count()) / 2;
}

void Filters::remove_replica_labels() {
  const auto& replicas = options_.replica_labels;
  if (replicas.empty()) {
    return;
  }
  for (auto& [id, meta] : view_.loaded) {
    auto changed = std::make_shared<Meta>(*meta);
    if (!changed->thanos.labels) {
      changed->thanos.labels.emplace();
    }
    Labels& labels = *changed->thanos.labels;
    for (const auto& name : replicas) {
      view_.replica_labels_removed += labels.erase(name);
    }
    if (labels.empty()) {
      labels[replicas.front()] = "deduped";
    }
    meta = std::move(changed);
  }
}

void Filters::drop_duplicates() {
  view_.duplicates = find_duplicates(view_.loaded);
  for (const Ulid& id : view_.duplicates) {
    view_.loaded.erase(id);
  }
  count("duplicate", view_.duplicates.size());
}

void Filters::gather_marks(MarkKind kind, std::map<Ulid, Mark>& marks) {
  for (const auto& [id, meta] : view_.loaded) {
    const auto& found = snapshot_.blocks.at(id).mark(kind);
    if (!found) {
      continue;
    }
    marks.emplace(id, found->mark);
    if (!found->error.empty()) {
      view_.failed.push_back({id, found->error});
    }
  }
}

}  // namespace

BlockView apply_filters(const Snapshot& snapshot, const FilterOptions& options, Timestamp now) {
  return Filters(snapshot, options, now).run();
}

}  // namespace strata::block
