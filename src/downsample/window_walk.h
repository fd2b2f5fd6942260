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

// Calls `on(Window)` for every window of `size` of the samples with `times`. Times need not ascend:
// a window ends where a later time than its end follows.
template <Resolution kSize, class On>
void for_each_window(std::span<const Timestamp> times, On on) {
  for (std::size_t i = 0; i < times.size();) {
    Window window{
        .from = i, .to = i + 1, .stamp = std::min(window_end(times[i], kSize), times.back())};
    while (window.to < times.size() && times[window.to] <= window.stamp) {
      ++window.to;
    }
    on(window);
    i = window.to;
  }
}

}  // namespace strata::downsample
