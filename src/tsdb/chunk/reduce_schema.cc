#include <bit>

#include "tsdb/chunk/histogram_layout.h"

namespace strata::tsdb {

namespace {

constexpr std::int32_t kMaxSchema = 8;

std::uint64_t sum(SampleType type, std::uint64_t a, std::uint64_t b) {
  if (type == SampleType::kHistogram) {
    return a + b;
  }
  return std::bit_cast<std::uint64_t>(std::bit_cast<double>(a) + std::bit_cast<double>(b));
}

// Appends the places of one sign's buckets.
void widen_side(HistogramLayout& layout, unsigned sign, unsigned shift, WideningPlaces& places) {
  std::vector<std::int64_t> narrow;
  append_bucket_indexes(layout.spans[sign], narrow);
  const std::size_t first = sign == kPositive ? 0 : layout.buckets[kPositive];
  std::vector<std::int64_t> wide;
  for (const std::int64_t index : narrow) {
    const std::int64_t target = ((index - 1) >> shift) + 1;
    if (wide.empty() || wide.back() != target) {
      wide.push_back(target);
    }
    places.push_back(static_cast<std::uint32_t>(first + wide.size() - 1));
  }
  layout.spans[sign] = spans_of(wide);
  layout.buckets[sign] = wide.size();
}

}  // namespace

void widen_buckets(HistogramLayout& layout, std::int32_t target, WideningPlaces& places) {
  const auto shift = static_cast<unsigned>(layout.schema - target);
  places.clear();
  widen_side(layout, kPositive, shift, places);
  widen_side(layout, kNegative, shift, places);
  layout.schema = target;
}

void widen_counts(SampleType type, const WideningPlaces& places, const std::uint64_t* from,
                  std::uint64_t* to) {
  // In place: a wide bucket never lies behind the narrow ones that it takes up.
  for (std::size_t i = 0; i < places.size(); ++i) {
    const bool first = i == 0 || places[i] != places[i - 1];
    to[places[i]] = first ? from[i] : sum(type, to[places[i]], from[i]);
  }
}

void reduce_schema(SampleColumns& samples) {
  if (samples.layout.schema <= kMaxSchema) {
    return;
  }
  WideningPlaces places;
  widen_buckets(samples.layout, kMaxSchema, places);
  for (const HistogramSample& sample : samples.histograms) {
    if (!sample.is_stale()) {
      std::uint64_t* const buckets = samples.buckets.data() + sample.first_bucket;
      widen_counts(samples.type, places, buckets, buckets);
    }
  }
}

}  // namespace strata::tsdb
