#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/time.h"
#include "generate/options.h"

namespace strata::generate {

// A stretch in which one process of a target is scraped without a gap: [from, to), ms.
struct Epoch {
  Timestamp from = 0;
  Timestamp to = 0;
  Timestamp started = 0;    // of the process; counters begin at 0 there
  bool ends_stale = false;  // the scrape after the last one finds nothing
};

// One pod at one place of the fleet. A replacement gets the next generation.
struct Target {
  std::uint64_t slot = 0;
  std::uint32_t generation = 0;
};

// The epochs of a target within a block, in time order.
struct Lifetime {
  std::array<Epoch, 4> epochs;
  std::size_t count = 0;

  std::span<const Epoch> all() const { return {epochs.data(), count}; }
};

// Who is there and when. Every answer is a function of (options, slot, block), so that blocks can
// be made in any order and nothing is stored per target. Thread-safe.
class Fleet {
 public:
  static constexpr std::uint32_t kMaxGeneration = 9'999;

  explicit Fleet(const FleetOptions& options);

  std::uint64_t slots() const { return slots_; }
  // Series of the target in this slot; the catalog's leaves of lower priority.
  std::uint64_t series_of(std::uint64_t slot) const {
    return base_series_ + (slot < extra_series_ ? 1 : 0);
  }
  std::uint64_t most_series() const { return base_series_ + (extra_series_ > 0 ? 1 : 0); }

  // The generation at the begin of a block. One more at the begin of the next: replaced within it.
  std::uint32_t generation(std::uint64_t slot, std::int64_t block) const {
    return static_cast<std::uint32_t>(turns(slot, block, churn_));
  }
  Lifetime lifetime(const Target& target, std::int64_t block) const;

  // Ascending in (slot, generation), byte by byte.
  std::string instance(const Target& target) const;
  std::string pod(const Target& target) const;

  std::size_t jobs() const { return jobs_; }
  std::size_t job(std::uint64_t slot) const { return slot * jobs_ / slots_; }
  std::string job_name(std::size_t job) const;
  std::string namespace_name(std::size_t job) const;

  // The block that a time falls into, counted from the start of the fleet.
  std::int64_t block_at(Timestamp at) const;
  TimeRange block_range(std::int64_t block) const;

 private:
  struct Rate {
    std::uint64_t per_block = 0;  // 2^-32
    std::uint64_t salt = 0;
  };

  std::uint64_t phase(std::uint64_t slot, const Rate& rate) const;
  std::uint64_t turns(std::uint64_t slot, std::int64_t block, const Rate& rate) const;
  // The block in which turn number `turn` (from 1) comes.
  std::int64_t block_of_turn(std::uint64_t slot, std::uint64_t turn, const Rate& rate) const;
  Timestamp moment(std::uint64_t slot, std::int64_t block, std::uint64_t salt) const;
  Timestamp born(const Target& target) const;
  Timestamp last_start(const Target& target, std::int64_t block) const;

  FleetOptions options_;
  std::uint64_t slots_ = 1;
  std::uint64_t base_series_ = 0;
  std::uint64_t extra_series_ = 0;
  std::size_t jobs_ = 1;
  std::int64_t first_block_ = 0;
  Rate churn_;
  Rate restarts_;
};

}  // namespace strata::generate
