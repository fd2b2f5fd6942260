#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "generate/adversarial_options.h"
#include "generate/adversarial_series.h"

namespace strata::generate {

// How the blocks that hold a series differ in it.
enum class Sharing {
  kPieces,    // mostly the same chunks, some missing, some with other values, some cut elsewhere
  kTouching,  // by turns; each chunk begins with the last sample of the one before
  kABA,       // the same chunks in all, the values of every second block differ
};

struct PlannedSeries {
  std::vector<std::pair<std::string, std::string>> labels;  // ascending by name
  std::array<Story, 3> versions;  // same times in the first two; the third has its own
  std::vector<std::size_t> cuts;  // ascending, from 0 to the number of points
  Sharing sharing = Sharing::kPieces;
  bool trims = false;         // may be cut by ranges and tombstones
  bool hides_resets = false;  // counters may fall within a chunk
};

// What the blocks of one seed have in common.
struct AdversarialPlan {
  std::vector<TimeRange> ranges;      // of the blocks, ascending by their begin
  std::vector<PlannedSeries> series;  // ascending by labels
  bool fatal = false;
  bool tombstones = false;
};

AdversarialPlan plan_adversity(const AdversarialOptions& options);

}  // namespace strata::generate
