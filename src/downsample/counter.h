#pragma once

#include <cstdint>
#include <cstring>

namespace strata::downsample {

// A counter without its resets: what each value adds to the total. A value below the one before it
// is taken for an increase from 0.
inline double increase(double before, double value) {
  return value < before ? value : value - before;
}

// Two neighbours at once, and without a branch: which values of a gauge are below the one before
// cannot be predicted. What is subtracted is 0 at a reset, and `value - 0` is `value` to the bit.
using Pair = double __attribute__((vector_size(16)));

// `at` points to the bits of the two values, and one in front of them.
inline Pair increases(const std::uint64_t* at) {
  using Mask = std::int64_t __attribute__((vector_size(16)));
  Pair before;
  Pair value;
  std::memcpy(&before, at - 1, sizeof before);
  std::memcpy(&value, at, sizeof value);
  const Mask is_reset = value < before;
  const Mask base = reinterpret_cast<Mask>(before) & ~is_reset;
  return value - reinterpret_cast<Pair>(base);
}

}  // namespace strata::downsample
