#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/time.h"
#include "generate/adversarial_options.h"
#include "generate/random.h"
#include "tsdb/chunk/samples.h"

namespace strata::generate {

enum class Flavor { kFloat, kHistogram, kGaugeHistogram, kFloatHistogram, kGaugeFloatHistogram };

constexpr bool is_gauge(Flavor flavor) {
  return flavor == Flavor::kGaugeHistogram || flavor == Flavor::kGaugeFloatHistogram;
}
constexpr bool has_float_counts(Flavor flavor) {
  return flavor == Flavor::kFloatHistogram || flavor == Flavor::kGaugeFloatHistogram;
}

// What histograms agree on for a while.
struct Era {
  std::int32_t schema = 0;
  std::uint64_t zero_threshold = 0;           // float bits
  std::vector<std::uint64_t> bounds;          // float bits; custom buckets only
  std::array<std::int32_t, 2> first_index{};  // by sign, of bucket 0
  bool operator==(const Era&) const = default;
};

// One sample. Buckets that are not there are kAbsent.
struct Point {
  static constexpr std::uint64_t kAbsent = ~std::uint64_t{0};

  Timestamp time = 0;
  Flavor flavor = Flavor::kFloat;
  std::size_t era = 0;
  bool falls = false;       // a count went down
  std::uint64_t value = 0;  // float bits: the value, or the histogram's sum
  std::uint64_t zero_count = 0;
  std::uint64_t count = 0;
  std::array<std::vector<std::uint64_t>, 2> buckets;  // whole counts also for float histograms

  bool is_stale() const { return value == tsdb::kStaleMarker; }
  bool operator==(const Point&) const = default;
};

// The life of one series, long enough for every block: blocks take pieces of it, so that they share
// samples.
struct Story {
  std::vector<Point> points;  // ascending in time
  std::vector<Era> eras;

  // Whether one chunk can hold the sample at `at` behind its predecessor.
  bool must_cut(std::size_t at, bool hide_resets) const;
};

struct StoryOptions {
  Adversities classes;
  std::vector<Flavor> flavors;  // taken in turns
  bool custom_buckets = false;
  bool stale = false;
};

// `times` ascending.
Story tell_story(std::span<const Timestamp> times, const StoryOptions& options, Random& random);

// Something that arithmetic would hardly make.
std::uint64_t special_float(Random& random);

}  // namespace strata::generate
