#include "downsample/window.h"

#include <algorithm>

namespace strata::downsample {

namespace {

constexpr std::uint64_t kSamplesPerChunk = 140;

}  // namespace

std::size_t target_chunks(const RunExtent& run, Resolution input, Resolution output) {
  const auto span = static_cast<std::int64_t>(static_cast<std::uint64_t>(run.last) -
                                              static_cast<std::uint64_t>(run.first));
  if (run.samples == 0) {
    return 1;
  }
  const auto windows = static_cast<double>(span / output);
  // Sparse series fill only so much of their windows.
  double filled = 1;
  if (span != 0) {
    filled = std::min(1.0, static_cast<double>(run.samples) /
                               (static_cast<double>(span) / static_cast<double>(input)));
  }
  const auto expected = static_cast<std::uint64_t>(windows * filled) + 1;
  // The least x with expected / x <= 140, rounded down.
  return static_cast<std::size_t>(expected / (kSamplesPerChunk + 1) + 1);
}

}  // namespace strata::downsample
