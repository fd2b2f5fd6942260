#include "generate/symbols.h"

#include <algorithm>

#include "base/error.h"

namespace strata::generate {
namespace {

// Lazily one ascending sequence of names of all targets.
class Names {
 public:
  using Format = std::string (Fleet::*)(const Target&) const;

  Names(const Fleet& fleet, std::int64_t block, Format format)
      : fleet_(fleet), cursor_(fleet, block), format_(format) {
    load();
  }
  bool at_end() const { return cursor_.at_end(); }
  const std::string& text() const { return text_; }
  void next() {
    cursor_.next();
    load();
  }

 private:
  void load() {
    if (!at_end()) {
      text_ = (fleet_.*format_)(cursor_.target());
    }
  }

  const Fleet& fleet_;
  TargetCursor cursor_;
  Format format_;
  std::string text_;
};

enum class From { kFixed, kInstance, kPod };

template <class Visit>
void merge_sequences(const Fleet& fleet, std::int64_t block, const std::vector<std::string>& fixed,
                     Visit visit) {
  Names instances(fleet, block, &Fleet::instance);
  Names pods(fleet, block, &Fleet::pod);
  std::size_t at = 0;
  const auto before = [](const Names& names, const std::string* other) {
    return !names.at_end() && (other == nullptr || names.text() < *other);
  };
  while (at < fixed.size() || !instances.at_end() || !pods.at_end()) {
    const std::string* least = at < fixed.size() ? &fixed[at] : nullptr;
    From from = From::kFixed;
    if (before(instances, least)) {
      least = &instances.text();
      from = From::kInstance;
    }
    if (before(pods, least)) {
      least = &pods.text();
      from = From::kPod;
    }
    visit(from, std::string_view(*least));
    if (from == From::kFixed) {
      ++at;
    } else {
      (from == From::kInstance ? instances : pods).next();
    }
  }
}

template <class Run>
std::uint32_t position(const std::vector<Run>& runs, std::size_t& run, std::uint64_t number) {
  while (run + 1 < runs.size() && runs[run + 1].first <= number) {
    ++run;
  }
  return static_cast<std::uint32_t>(runs[run].before + number);
}

}  // namespace

Symbols::Symbols(const Fleet& fleet, const Catalog& catalog, std::int64_t block)
    : fleet_(fleet), block_(block), fixed_(catalog.symbols()) {
  fixed_.insert(fixed_.end(), {"", "__name__", "instance", "job", "namespace", "pod"});
  for (std::size_t job = 0; job < fleet.jobs(); ++job) {
    fixed_.push_back(fleet.job_name(job));
    fixed_.push_back(fleet.namespace_name(job));
  }
  std::ranges::sort(fixed_);
  fixed_.erase(std::ranges::unique(fixed_).begin(), fixed_.end());

  std::uint64_t total = 0;
  std::uint64_t instances = 0;
  std::uint64_t pods = 0;
  const auto count = [&](std::vector<Run>& runs, std::uint64_t& number) {
    if (runs.empty() || runs.back().before + number != total) {
      runs.push_back({number, total - number});
    }
    ++number;
  };
  merge_sequences(fleet_, block_, fixed_, [&](From from, std::string_view) {
    if (from == From::kFixed) {
      fixed_positions_.push_back(static_cast<std::uint32_t>(total));
    } else if (from == From::kInstance) {
      count(instance_runs_, instances);
    } else {
      count(pod_runs_, pods);
    }
    ++total;
  });
  if (total > UINT32_MAX) {
    throw_invalid("series: the symbol table would not fit the index format");
  }
  for (std::size_t job = 0; job < fleet.jobs(); ++job) {
    jobs_.push_back(fixed(fleet.job_name(job)));
    namespaces_.push_back(fixed(fleet.namespace_name(job)));
  }
}

void Symbols::for_each(const std::function<void(std::string_view)>& visit) const {
  merge_sequences(fleet_, block_, fixed_, [&](From, std::string_view text) { visit(text); });
}

std::uint32_t Symbols::fixed(std::string_view text) const {
  const auto at = std::ranges::lower_bound(
      fixed_, text, {}, [](const std::string& symbol) { return std::string_view(symbol); });
  return fixed_positions_.at(static_cast<std::size_t>(at - fixed_.begin()));
}

void Symbols::Targets::advance() {
  instance_ = position(symbols_.instance_runs_, instance_run_, number_);
  pod_ = position(symbols_.pod_runs_, pod_run_, number_);
  ++number_;
}

}  // namespace strata::generate
