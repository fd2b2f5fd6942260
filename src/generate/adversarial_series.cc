#include "generate/adversarial_series.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/error.h"

namespace strata::generate {
namespace {

constexpr std::array<std::string_view, kAdversities> kNames = {
    "overlaps", "outside", "tombstones", "histograms", "mixed",
    "stale",    "floats",  "times",      "schemas",    "fatal"};

std::uint64_t bits(double value) {
  return std::bit_cast<std::uint64_t>(value);
}

Era next_era(const StoryOptions& options, Random& random) {
  Era era;
  if (options.custom_buckets) {
    era.schema = tsdb::kCustomBucketsSchema;
    double bound = random.chance(0.3) ? -0.0 : random.unit();
    const std::int64_t count = random.between(3, 9);
    for (std::int64_t i = 0; i < count; ++i) {
      era.bounds.push_back(bits(bound));
      const bool thousandths = random.chance(0.6);
      bound = thousandths
                  ? (std::floor(bound * 1000) + static_cast<double>(random.between(1, 9000))) / 1000
                  : bound + 0.0001 + random.unit() * 1e5;
    }
    return era;
  }
  era.schema = static_cast<std::int32_t>(random.between(-4, 8));
  if (options.classes.has(Adversity::kSchemas) && random.chance(0.3)) {
    era.schema = static_cast<std::int32_t>(random.between(9, 52));
  }
  constexpr std::array<double, 5> kThresholds = {0.0, 0x1p-128, 0.001, 1024.0, 0x1p-243};
  era.zero_threshold = bits(kThresholds[random.below(kThresholds.size())]);
  for (auto& first : era.first_index) {
    first = static_cast<std::int32_t>(random.chance(0.2) ? random.between(-3000, 3000)
                                                         : random.between(-9, 9));
  }
  return era;
}

// The running state of one series.
class Teller {
 public:
  Teller(const StoryOptions& options, Random& random) : options_(options), random_(random) {}

  Story tell(std::span<const Timestamp> times) {
    start_era();
    for (const Timestamp time : times) {
      if (left_ == 0) {
        flavor_ = options_.flavors[turn_++ % options_.flavors.size()];
        left_ = static_cast<std::size_t>(random_.between(5, 90));
      }
      --left_;
      if (flavor_ == Flavor::kFloat) {
        add_float(time);
      } else {
        add_histogram(time);
      }
    }
    return std::move(story_);
  }

 private:
  void start_era() {
    story_.eras.push_back(next_era(options_, random_));
    const Era& era = story_.eras.back();
    const bool custom = !era.bounds.empty();
    buckets_[0].assign(
        custom ? era.bounds.size() + 1 : static_cast<std::size_t>(random_.between(1, 14)),
        Point::kAbsent);
    const bool negative = !custom && random_.chance(0.4);
    buckets_[1].assign(negative ? static_cast<std::size_t>(random_.between(1, 6)) : 0,
                       Point::kAbsent);
    zero_ = 0;
    for (auto& side : buckets_) {
      for (auto& bucket : side) {
        bucket = random_.chance(0.5) ? random_.below(4) : Point::kAbsent;
      }
    }
  }

  void add_float(Timestamp time) {
    Point point{
        .time = time, .flavor = Flavor::kFloat, .era = story_.eras.size() - 1, .buckets = {}};
    switch (random_.below(8)) {
      case 0:
        number_ = random_.unit() * 1e6;
        break;
      case 1:
        number_ = random_.chance(0.2) ? 0 : number_;
        break;
      case 2:
      case 3:
        number_ = std::floor(number_) + static_cast<double>(random_.between(0, 50));
        break;
      default:
        break;
    }
    point.value = bits(number_);
    if (options_.classes.has(Adversity::kFloats) && random_.chance(0.06)) {
      point.value = special_float(random_);
    }
    if (options_.stale && random_.chance(0.03)) {
      point.value = tsdb::kStaleMarker;
    }
    story_.points.push_back(std::move(point));
  }

  void add_histogram(Timestamp time) {
    if (random_.chance(0.02)) {
      start_era();
    }
    bool falls = move_layout();
    falls |= move_counts();
    Point point{.time = time,
                .flavor = flavor_,
                .era = story_.eras.size() - 1,
                .falls = falls,
                .value = bits(random_.unit() * 1000),
                .zero_count = zero_,
                .buckets = buckets_};
    point.count = zero_;
    for (const auto& side : buckets_) {
      for (const std::uint64_t bucket : side) {
        point.count += bucket == Point::kAbsent ? 0 : bucket;
      }
    }
    if (options_.classes.has(Adversity::kFloats) && random_.chance(0.03)) {
      point.value = special_float(random_);
    }
    if (options_.stale && random_.chance(0.03)) {
      point = Point{.time = time,
                    .flavor = flavor_,
                    .era = story_.eras.size() - 1,
                    .value = tsdb::kStaleMarker,
                    .buckets = {}};
    }
    story_.points.push_back(std::move(point));
  }

  // Buckets come and, rarely, go. Whether a count was lost.
  bool move_layout() {
    bool falls = false;
    for (auto& side : buckets_) {
      for (auto& bucket : side) {
        if (bucket == Point::kAbsent) {
          bucket = random_.chance(0.015) ? random_.below(3) : bucket;
        } else if (random_.chance(0.002)) {
          falls |= bucket != 0;
          bucket = Point::kAbsent;
        }
      }
    }
    return falls;
  }

  bool move_counts() {
    const bool gauge = is_gauge(flavor_);
    const bool reset = random_.chance(gauge ? 0.3 : 0.02);
    bool falls = false;
    const auto move = [&](std::uint64_t& count) {
      if (reset && random_.chance(0.7)) {
        const std::uint64_t lower = count == 0 ? 0 : random_.below(count);
        falls |= lower < count;
        count = lower;
      } else if (random_.chance(0.4)) {
        count += random_.below(random_.chance(0.05) ? 1'000'000'000 : 9);
      }
    };
    for (auto& side : buckets_) {
      for (auto& bucket : side) {
        if (bucket != Point::kAbsent) {
          move(bucket);
        }
      }
    }
    if (story_.eras.back().bounds.empty()) {
      move(zero_);
    }
    return falls;
  }

  const StoryOptions& options_;
  Random& random_;
  Story story_;
  Flavor flavor_ = Flavor::kFloat;
  std::size_t turn_ = 0;
  std::size_t left_ = 0;  // samples of this flavour
  double number_ = 1;
  std::uint64_t zero_ = 0;
  std::array<std::vector<std::uint64_t>, 2> buckets_;
};

}  // namespace

std::string_view to_string(Adversity adversity) {
  return kNames[static_cast<unsigned>(adversity)];
}

Adversities Adversities::parse(std::span<const std::string> names) {
  Adversities result;
  for (const std::string& name : names) {
    const auto at = std::ranges::find(kNames, name);
    if (at == kNames.end()) {
      throw_invalid("there is no class \"" + name + "\"");
    }
    result.add(static_cast<Adversity>(at - kNames.begin()));
  }
  return result;
}

std::uint64_t special_float(Random& random) {
  constexpr std::array<std::uint64_t, 13> kBits = {0x7ff8000000000001,  // the NaN of arithmetic
                                                   0x7ff8000000000000,
                                                   0x7ff0000000000001,  // a signalling one
                                                   0xfff8dead0000beef,
                                                   0x7ff0000000000000,  // infinities
                                                   0xfff0000000000000,
                                                   0x8000000000000000,  // -0
                                                   0x0000000000000000,
                                                   0x0000000000000001,  // the least denormal
                                                   0x800fffffffffffff,
                                                   0x7fefffffffffffff,  // the largest
                                                   0xffefffffffffffff, 0x0010000000000000};
  return kBits[random.below(kBits.size())];
}

bool Story::must_cut(std::size_t at, bool hide_resets) const {
  const Point& now = points[at];
  const Point& before = points[at - 1];
  if (now.flavor != before.flavor) {
    return true;
  }
  if (now.flavor == Flavor::kFloat) {
    return false;
  }
  return before.is_stale() || now.era != before.era ||
         (now.falls && !is_gauge(now.flavor) && !hide_resets);
}

Story tell_story(std::span<const Timestamp> times, const StoryOptions& options, Random& random) {
  return Teller(options, random).tell(times);
}

}  // namespace strata::generate
