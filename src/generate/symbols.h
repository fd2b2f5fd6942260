#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "generate/catalog.h"
#include "generate/fleet.h"

namespace strata::generate {

// The positions in a block's symbol table, without the table. It is merged from three ascending
// sequences: the few fixed strings, the instances and the pods. The latter two have one entry per
// target; they meet the rest in few places, so position = own number + what stands in front of that
// run.
class Symbols {
 public:
  Symbols(const Fleet& fleet, const Catalog& catalog, std::int64_t block);

  // The whole table, ascending.
  void for_each(const std::function<void(std::string_view)>& visit) const;

  std::uint32_t fixed(
      std::string_view text) const;  // one of the catalog's or the target's label names
  std::uint32_t job(std::size_t number) const { return jobs_[number]; }
  std::uint32_t namespace_of(std::size_t job) const { return namespaces_[job]; }

  // Positions for targets asked for in ascending order; start again with a new one.
  class Targets {
   public:
    explicit Targets(const Symbols& symbols) : symbols_(symbols) {}
    // Of the next target.
    void advance();
    std::uint32_t instance() const { return instance_; }
    std::uint32_t pod() const { return pod_; }

   private:
    const Symbols& symbols_;
    std::uint64_t number_ = 0;
    std::size_t instance_run_ = 0;
    std::size_t pod_run_ = 0;
    std::uint32_t instance_ = 0;
    std::uint32_t pod_ = 0;
  };

  std::size_t runs() const { return instance_runs_.size() + pod_runs_.size(); }

 private:
  struct Run {
    std::uint64_t first = 0;   // number of the first target of the run
    std::uint64_t before = 0;  // symbols of the other sequences in front of it
  };

  const Fleet& fleet_;
  std::int64_t block_;
  std::vector<std::string> fixed_;              // ascending
  std::vector<std::uint32_t> fixed_positions_;  // beside fixed_
  std::vector<std::uint32_t> jobs_;
  std::vector<std::uint32_t> namespaces_;
  std::vector<Run> instance_runs_;
  std::vector<Run> pod_runs_;
};

// Walks the targets of a block in ascending order of (slot, generation).
class TargetCursor {
 public:
  TargetCursor(const Fleet& fleet, std::int64_t block) : fleet_(fleet), block_(block) { enter(); }
  bool at_end() const { return target_.slot >= fleet_.slots(); }
  const Target& target() const { return target_; }
  void next() {
    if (target_.generation < last_generation_) {
      ++target_.generation;
    } else {
      ++target_.slot;
      enter();
    }
  }

 private:
  void enter() {
    target_.generation = fleet_.generation(target_.slot, block_);
    last_generation_ = fleet_.generation(target_.slot, block_ + 1);
  }

  const Fleet& fleet_;
  std::int64_t block_;
  Target target_;
  std::uint32_t last_generation_ = 0;
};

}  // namespace strata::generate
