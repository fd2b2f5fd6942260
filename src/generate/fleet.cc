#include "generate/fleet.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "base/error.h"
#include "generate/catalog.h"
#include "generate/random.h"

namespace strata::generate {
namespace {

constexpr std::uint64_t kSmallFleet = 8;  // targets; smaller ones would have neither churn nor jobs
constexpr std::size_t kMostJobs = 400;
constexpr double kFailedScrapes = 0.03;  // share of targets per block
constexpr std::array<std::string_view, 12> kServices = {
    "auth",    "billing", "cart",    "catalog", "checkout", "gateway",
    "mailing", "orders",  "pricing", "search",  "shipping", "users"};

enum Salt : std::uint64_t {
  kChurn = 1,
  kRestart,
  kFailure,
  kFailureTime,
  kAge,
  kDowntime,
  kSuffix
};

std::uint64_t to_fixed(double share) {
  return static_cast<std::uint64_t>(std::llround(share * 0x1p32));
}

std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

std::uint64_t ceil_divide(std::uint64_t a, std::uint64_t b) {
  return (a + b - 1) / b;
}

}  // namespace

Fleet::Fleet(const FleetOptions& options) : options_(options) {
  check(options);
  slots_ = std::max(ceil_divide(options.series, Catalog::full_size()),
                    std::min(options.series, kSmallFleet));
  base_series_ = options.series / slots_;
  extra_series_ = options.series % slots_;
  jobs_ = static_cast<std::size_t>(std::clamp<std::uint64_t>(slots_ / 10, 1, kMostJobs));
  first_block_ = floor_divide(options.start, options.block_ms);
  churn_ = {to_fixed(options.churn), kChurn};
  restarts_ = {to_fixed(options.restarts), kRestart};
}

std::int64_t Fleet::block_at(Timestamp at) const {
  return floor_divide(at, options_.block_ms) - first_block_;
}

TimeRange Fleet::block_range(std::int64_t block) const {
  const Timestamp begin = (first_block_ + block) * options_.block_ms;
  return {std::max(begin, options_.start),
          std::min(begin + options_.block_ms, options_.start + options_.span_ms)};
}

std::uint64_t Fleet::phase(std::uint64_t slot, const Rate& rate) const {
  return mix(options_.seed, slot, rate.salt) >> 32;
}

// Turns come at an even pace, each slot with its own phase: the share per block is met almost
// exactly and counting them needs no history.
std::uint64_t Fleet::turns(std::uint64_t slot, std::int64_t block, const Rate& rate) const {
  return (static_cast<std::uint64_t>(block) * rate.per_block + phase(slot, rate)) >> 32;
}

std::int64_t Fleet::block_of_turn(std::uint64_t slot, std::uint64_t turn, const Rate& rate) const {
  return static_cast<std::int64_t>(ceil_divide((turn << 32) - phase(slot, rate), rate.per_block)) -
         1;
}

Timestamp Fleet::moment(std::uint64_t slot, std::int64_t block, std::uint64_t salt) const {
  const double share = to_unit(mix(options_.seed, slot, static_cast<std::uint64_t>(block), salt));
  return (first_block_ + block) * options_.block_ms +
         static_cast<Timestamp>(share * static_cast<double>(options_.block_ms));
}

Timestamp Fleet::born(const Target& target) const {
  if (target.generation == 0) {
    const double days = 30 * to_unit(mix(options_.seed, target.slot, kAge));
    return options_.start - static_cast<Timestamp>(days * 86'400'000.0);
  }
  const std::int64_t block = block_of_turn(target.slot, target.generation, churn_);
  const auto delay =
      static_cast<Timestamp>(mix(options_.seed, target.slot, target.generation, kDowntime) %
                             static_cast<std::uint64_t>(2 * options_.interval_ms));
  return moment(target.slot, block, kChurn) + delay;
}

// When the process that runs at the begin of a block was started.
Timestamp Fleet::last_start(const Target& target, std::int64_t block) const {
  const Timestamp first = born(target);
  const std::uint64_t count = turns(target.slot, block, restarts_);
  if (count == 0) {
    return first;
  }
  const std::int64_t latest = block_of_turn(target.slot, count, restarts_);
  return std::max(first, moment(target.slot, latest, kRestart));
}

Lifetime Fleet::lifetime(const Target& target, std::int64_t block) const {
  const TimeRange range = block_range(block);
  const std::uint64_t slot = target.slot;
  const Timestamp first = born(target);
  Epoch rest{std::max(range.min, first), range.max, last_start(target, block), false};
  if (generation(slot, block + 1) > target.generation) {
    rest.to = std::min(rest.to, moment(slot, block, kChurn));
    rest.ends_stale = rest.to < range.max;
  }
  Lifetime life;
  const auto interrupt = [&](Timestamp at, Timestamp resumes, Timestamp started) {
    if (at >= rest.to || at < first) {
      return;
    }
    if (at > rest.from) {
      life.epochs[life.count++] = {rest.from, at, rest.started, true};
    }
    rest.from = std::max(rest.from, resumes);
    rest.started = started;
  };
  const std::uint64_t key = mix(options_.seed, slot, static_cast<std::uint64_t>(block), kFailure);
  if (turns(slot, block + 1, restarts_) > turns(slot, block, restarts_)) {
    const Timestamp at = moment(slot, block, kRestart);
    const std::uint64_t longest = 4 * static_cast<std::uint64_t>(options_.interval_ms);
    interrupt(at, at + static_cast<Timestamp>(mix(key, kDowntime) % longest), at);
  }
  const Timestamp missed = moment(slot, block, kFailureTime);
  if (to_unit(key) < kFailedScrapes && missed > rest.from) {
    interrupt(missed, missed + options_.interval_ms, rest.started);
  }
  if (rest.from < rest.to) {
    life.epochs[life.count++] = rest;
  }
  return life;
}

std::string Fleet::instance(const Target& target) const {
  const std::uint64_t slot = target.slot;
  return fmt::format("10.{:03}.{:03}.{:03}:{:04}", slot >> 16, (slot >> 8) & 255, slot & 255,
                     target.generation);
}

std::string Fleet::pod(const Target& target) const {
  const std::uint64_t suffix = mix(options_.seed, target.slot, target.generation, kSuffix);
  return fmt::format("{}-{:06x}-{:04}-{:04x}", job_name(job(target.slot)), target.slot,
                     target.generation, suffix >> 48);
}

std::string Fleet::job_name(std::size_t job) const {
  return fmt::format("{}-{:03}", kServices[job * kServices.size() / jobs_], job);
}

std::string Fleet::namespace_name(std::size_t job) const {
  return fmt::format("team-{:02}", job / 8);
}

void check(const FleetOptions& options) {
  const auto require = [](bool good, std::string_view message) {
    if (!good) {
      throw_invalid(std::string(message));
    }
  };
  require(options.series >= 1 && options.series <= 2'000'000'000,
          "series: must be between 1 and 2000000000");
  require(options.interval_ms >= 1, "interval: must be at least 1ms");
  require(options.block_ms >= options.interval_ms, "block: must not be shorter than the interval");
  require(options.span_ms >= 1, "span: must be positive");
  constexpr std::int64_t kFarthest = std::int64_t{1} << 52;
  require(std::abs(options.start) < kFarthest && options.span_ms < kFarthest &&
              options.block_ms < kFarthest,
          "start, span, block: too large");
  require(options.churn >= 0 && options.churn <= 1, "churn: must be between 0 and 1");
  require(options.restarts >= 0 && options.restarts <= 1, "restarts: must be between 0 and 1");
  require(options.native >= 0 && options.native <= 1, "native: must be between 0 and 1");
  require(options.threads >= 1, "threads: must be at least 1");
  const double blocks =
      static_cast<double>(options.span_ms) / static_cast<double>(options.block_ms) + 2;
  require(blocks * options.churn < Fleet::kMaxGeneration,
          "churn: too many replacements of one pod for this span");
  require(!options.labels.contains("replica") || options.replicas.empty(),
          "labels: the label replica is given by replicas");
}

}  // namespace strata::generate
