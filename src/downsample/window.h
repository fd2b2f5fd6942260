#pragma once

#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace strata::downsample {

// Milliseconds between the windows of a block; 0: raw. As meta.json says it.
using Resolution = std::int64_t;
inline constexpr Resolution k5m = 300'000;
inline constexpr Resolution k1h = 3'600'000;

// The last millisecond of the window that holds `time`. A time on a window's start belongs to that
// window. The remainder is C's: of negative times it is negative. The last window of all wraps, as
// the reference's does.
constexpr Timestamp window_end(Timestamp time, Resolution resolution) {
  const auto start = static_cast<std::uint64_t>(time - time % resolution);
  return static_cast<Timestamp>(start + static_cast<std::uint64_t>(resolution - 1));
}

// Samples of one run, all of which one aggregate chunk is made of, or several.
struct RunExtent {
  Timestamp first = 0;
  Timestamp last = 0;
  std::uint64_t samples = 0;
};

// Into how many chunks a run is divided: so many that each holds about 140 samples. `input`: the
// interval of the run's samples, assumed to be a minute in raw blocks.
std::size_t target_chunks(const RunExtent& run, Resolution input, Resolution output);

}  // namespace strata::downsample
