#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/time.h"
#include "generate/options.h"

namespace strata::generate {

// What may be wrong, or at least unusual, with blocks.
enum class Adversity : unsigned {
  kOverlaps,  // block ranges overlap, nest or are equal
  kOutside,   // chunks reach beyond their block's range, or beyond every block's
  kTombstones,
  kHistograms,  // integer, float, gauge and custom-bucket ones, with changing layouts
  kMixed,       // several sample types in one series
  kStale,
  kFloats,   // NaN payloads, infinities, negative zero, denormals
  kTimes,    // around and before 1970, and near the ends of what fits
  kSchemas,  // resolutions that readers reduce
  kFatal,    // what the reference's compaction gives up on, in one seed of twelve
};

inline constexpr unsigned kAdversities = 10;
std::string_view to_string(Adversity adversity);

// A set of adversities.
class Adversities {
 public:
  static Adversities all() { return Adversities((1U << kAdversities) - 1); }
  // Throws invalid for a name that does not exist.
  static Adversities parse(std::span<const std::string> names);

  Adversities() = default;
  bool has(Adversity adversity) const {
    return (bits_ >> static_cast<unsigned>(adversity) & 1) != 0;
  }
  void add(Adversity adversity) { bits_ |= 1U << static_cast<unsigned>(adversity); }

 private:
  explicit Adversities(unsigned bits) : bits_(bits) {}
  unsigned bits_ = 0;
};

struct AdversarialOptions {
  std::uint64_t seed = 1;
  Adversities classes = Adversities::all();
  bool newer_encodings = false;  // chunks of Prometheus 3.14, which older readers refuse
  Timestamp start = 1'704'067'200'000;
  std::int64_t block_ms = 7'200'000;  // length of a block, where no adversity changes it
  std::int64_t max_samples = 700;     // of a series, about; at least 10
  Labels labels = {{"cluster", "eu1"}};
};

}  // namespace strata::generate
