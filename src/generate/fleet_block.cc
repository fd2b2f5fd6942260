#include "generate/fleet_block.h"

#include <algorithm>

#include "base/error.h"

namespace strata::generate {

FleetBlockMaker::FleetBlockMaker(const FleetOptions& options, FleetBlock block)
    : options_(options),
      block_(block),
      fleet_(options),
      catalog_(options.native, fleet_.most_series()),
      symbols_(fleet_, catalog_, block.number) {}

void FleetBlockMaker::make(std::stop_token stop, SeriesSink& sink) {
  stop_ = std::move(stop);
  symbols_.for_each([&](std::string_view symbol) { sink.add_symbol(symbol); });
  for (const Family& family : catalog_.families()) {
    lay_out_labels(family);
    for (const Group& group : family.groups) {
      make_group(family, group, sink);
    }
  }
}

// __name__ and what sorts before "instance" come first, then the rest by name.
void FleetBlockMaker::lay_out_labels(const Family& family) {
  labels_.clear();
  labels_.push_back({symbols_.fixed("__name__"), symbols_.fixed(family.name)});
  for (const auto& name : family.names_before) {
    labels_.push_back({symbols_.fixed(name), 0});
  }
  std::vector<std::string_view> rest(family.names_after.begin(), family.names_after.end());
  rest.insert(rest.end(), {"instance", "job", "namespace", "pod"});
  std::ranges::sort(rest);
  const std::size_t begin = labels_.size();
  for (const auto name : rest) {
    labels_.push_back({symbols_.fixed(name), 0});
  }
  const auto position = [&](std::string_view name) {
    return begin + static_cast<std::size_t>(std::ranges::find(rest, name) - rest.begin());
  };
  instance_at_ = position("instance");
  job_at_ = position("job");
  namespace_at_ = position("namespace");
  pod_at_ = position("pod");
  leaf_at_.clear();
  for (const auto& name : family.names_after) {
    leaf_at_.push_back(position(name));
  }
}

void FleetBlockMaker::make_group(const Family& family, const Group& group, SeriesSink& sink) {
  for (std::size_t i = 0; i < group.values.size(); ++i) {
    labels_[1 + i].value = symbols_.fixed(group.values[i]);
  }
  leaf_values_.clear();
  for (const Leaf& leaf : group.leaves) {
    for (const auto& value : leaf.values) {
      leaf_values_.push_back(symbols_.fixed(value));
    }
  }
  Symbols::Targets positions(symbols_);
  for (TargetCursor cursor(fleet_, block_.number); !cursor.at_end(); cursor.next()) {
    if (stop_.stop_requested()) {
      throw Error(ErrorKind::kCancelled, "generating blocks was stopped");
    }
    const std::size_t job = fleet_.job(cursor.target().slot);
    positions.advance();
    labels_[instance_at_].value = positions.instance();
    labels_[pod_at_].value = positions.pod();
    labels_[job_at_].value = symbols_.job(job);
    labels_[namespace_at_].value = symbols_.namespace_of(job);
    make_target(family, group, cursor.target(), sink);
  }
}

void FleetBlockMaker::make_target(const Family& family, const Group& group, const Target& target,
                                  SeriesSink& sink) {
  const TargetView view{options_.seed, target, Scrapes(options_, block_.replica, target.slot),
                        fleet_.lifetime(target, block_.number), range()};
  const std::uint64_t exposed = fleet_.series_of(target.slot);
  auto values = leaf_values_.begin();
  for (const Leaf& leaf : group.leaves) {
    for (const std::size_t at : leaf_at_) {
      labels_[at].value = *values++;
    }
    if (leaf.priority < exposed) {
      const auto chunks = encoder_.encode(family.kind, leaf, view);
      if (!chunks.empty()) {
        sink.add_series(labels_, chunks);
      }
    }
  }
}

}  // namespace strata::generate
