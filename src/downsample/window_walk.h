#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

#include "downsample/window.h"

namespace strata::downsample {

// One window: which samples it holds, and the time that stands for it.
struct Window {
  std::size_t from = 0;
  std::size_t to = 0;
  Timestamp stamp = 0;  // its last millisecond, or that of the last sample of all
};

// Whether times are known not to descend.
enum class TimeOrder : bool { kUnknown, kAscending };

// The end of the window that starts with sample `from`, in times that do not descend: most windows
// are as long as the one before, which two comparisons show.
inline std::size_t window_limit(std::span<const Timestamp> times, const Window& window,
                                std::size_t length_before) {
  std::size_t to =
      window.from + std::clamp<std::size_t>(length_before, 1, times.size() - window.from);
  while (to < times.size() && times[to] <= window.stamp) {
    ++to;
  }
  while (to > window.from + 1 && times[to - 1] > window.stamp) {
    --to;
  }
  return to;
}

// Calls `on(Window)` for every window of `kSize` of the samples with `times`. A window ends where a
// later time than its stamp follows: times that descend give odd windows, but the reference's.
template <Resolution kSize, class On>
void for_each_window(std::span<const Timestamp> times, On on,
                     TimeOrder order = TimeOrder::kUnknown) {
  Window window;
  while (window.to < times.size()) {
    const std::size_t length = window.to - window.from;
    window.from = window.to;
    window.stamp = std::min(window_end(times[window.from], kSize), times.back());
    if (order == TimeOrder::kAscending) {
      window.to = window_limit(times, window, length);
    } else {
      do {
        ++window.to;
      } while (window.to < times.size() && times[window.to] <= window.stamp);
    }
    on(window);
  }
}

}  // namespace strata::downsample
