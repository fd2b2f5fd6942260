#pragma once

#include "downsample/float_histogram.h"

namespace strata::downsample {

struct ZeroBucket {
  double threshold = 0;
  double count = 0;
};

// What the zero bucket of `histogram` would be with at least `threshold`, which is not less than
// its own: it takes up the buckets below, and all of a populated one that the threshold cuts.
ZeroBucket widened_zero_bucket(const FloatHistogram& histogram, double threshold);

// Widens the zero bucket of `to` until that of `other` can be brought to the same threshold.
// Returns what `other` counts in it; whether the layout of `to` changed goes to `changed`.
double reconcile_zero_buckets(FloatHistogram& to, const FloatHistogram& other, bool& changed);

}  // namespace strata::downsample
