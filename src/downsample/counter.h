#pragma once

#include <limits>

namespace strata::downsample {

// A counter without its resets: a value below the one before it is taken for an increase from 0.
class Counter {
 public:
  // Starts with the first value: nothing is below -Inf, and value - 0 is value to the bit.
  void add(double value) {
    // `value - 0` instead of a branch: resets of gauges cannot be predicted.
    total_ = is_first_ ? value : total_ + (value - (value < last_ ? 0.0 : last_));
    is_first_ = false;
    last_ = value;
  }
  double total() const { return total_; }

 private:
  bool is_first_ = true;
  double total_ = 0;
  double last_ = 0;
};

}  // namespace strata::downsample
