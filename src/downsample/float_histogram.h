#pragma once

#include <bit>
#include <vector>

#include "tsdb/chunk/samples.h"

namespace strata::downsample {

// A histogram by itself, as the reference calculates with it (Prometheus v0.309 model/histogram).
// The form of its spans matters: it is seen in the bytes of chunks.
struct FloatHistogram {
  tsdb::HistogramLayout layout;
  tsdb::ResetHint hint = tsdb::ResetHint::kUnknown;
  double count = 0;
  double zero_count = 0;
  double sum = 0;
  std::vector<double> buckets[2];  // by tsdb::Sign, absolute

  bool has_custom_buckets() const { return layout.schema == tsdb::kCustomBucketsSchema; }
  double zero_threshold() const { return std::bit_cast<double>(layout.zero_threshold); }
};

// Thresholds and bounds by value, spans by form.
bool same_layout(const tsdb::HistogramLayout& a, const tsdb::HistogramLayout& b);
bool same_bounds(const tsdb::HistogramLayout& a, const tsdb::HistogramLayout& b);

// Buckets of `sign` at the front that addition leaves out: they lie within the zero bucket.
std::size_t buckets_in_zero_bucket(const tsdb::HistogramLayout& layout, tsdb::Sign sign);

// The hint of a histogram after another was added or subtracted.
tsdb::ResetHint combined_hint(tsdb::ResetHint own, tsdb::ResetHint other);

enum class Operation : std::uint8_t { kAdd, kSubtract };

// `to` ± `other`, both of the same schema. The zero bucket of `to` grows to that of `other`,
// buckets that `to` lacks are inserted (subtraction inserts -0.0 for 0). Returns whether the layout
// of `to` changed. Throws corrupt for a zero threshold that is not a number.
bool combine(FloatHistogram& to, const FloatHistogram& other, Operation operation);

// Whether the counter was reset since `previous`, of the same schema, judged by the numbers alone.
bool is_reset(const FloatHistogram& now, const FloatHistogram& previous);

}  // namespace strata::downsample
