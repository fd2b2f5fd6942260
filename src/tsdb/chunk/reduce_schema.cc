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

// For each bucket of one sign its place among the wider buckets, which replace the spans.
std::vector<std::size_t> widen(HistogramLayout& layout, unsigned sign) {
  std::vector<std::int64_t> narrow;
  append_bucket_indexes(layout.spans[sign], narrow);
  std::vector<std::int64_t> wide;
  std::vector<std::size_t> place;
  for (const std::int64_t index : narrow) {
    const std::int64_t target = ((index - 1) >> (layout.schema - kMaxSchema)) + 1;
    if (wide.empty() || wide.back() != target) {
      wide.push_back(target);
    }
    place.push_back(wide.size() - 1);
  }
  layout.spans[sign] = spans_of(wide);
  layout.buckets[sign] = wide.size();
  return place;
}

}  // namespace

void reduce_schema(SampleColumns& samples) {
  HistogramLayout& layout = samples.layout;
  if (layout.schema <= kMaxSchema) {
    return;
  }
  const std::vector<std::size_t> places[2] = {widen(layout, kPositive), widen(layout, kNegative)};
  layout.schema = kMaxSchema;
  for (const HistogramSample& sample : samples.histograms) {
    if (sample.is_stale()) {
      continue;
    }
    // In place: a wide bucket never lies behind the narrow ones that it takes up.
    const std::uint64_t* from = samples.buckets.data() + sample.first_bucket;
    std::uint64_t* to = samples.buckets.data() + sample.first_bucket;
    for (const unsigned sign : {kPositive, kNegative}) {
      const std::vector<std::size_t>& place = places[sign];
      for (std::size_t i = 0; i < place.size(); ++i, ++from) {
        const bool first = i == 0 || place[i] != place[i - 1];
        to[place[i]] = first ? *from : sum(samples.type, to[place[i]], *from);
      }
      to += layout.buckets[sign];
    }
  }
}

}  // namespace strata::tsdb
