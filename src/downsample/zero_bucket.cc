#include "downsample/zero_bucket.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "downsample/bucket_bound.h"
#include "tsdb/chunk/histogram_layout.h"

namespace strata::downsample {

namespace {

using tsdb::kNegative;
using tsdb::kPositive;
using tsdb::Span;

// Adds the buckets of one sign to `zero`. True: its threshold grew.
bool take_up(const FloatHistogram& histogram, unsigned sign, ZeroBucket& zero) {
  std::int64_t index = 0;
  const double* count = histogram.buckets[sign].data();
  for (const Span& span : histogram.layout.spans[sign]) {
    index += span.offset;
    for (std::uint32_t i = 0; i < span.length; ++i, ++index, ++count) {
      if (bucket_bound(index - 1, histogram.layout.schema) >= zero.threshold) {
        return false;
      }
      zero.count += *count;
      const double upper = bucket_bound(index, histogram.layout.schema);
      if (upper > zero.threshold) {
        if (*count == 0) {
          return false;
        }
        zero.threshold = upper;
        return true;
      }
    }
  }
  return false;
}

void clear_below(FloatHistogram& histogram, unsigned sign, double threshold) {
  std::int64_t index = 0;
  double* count = histogram.buckets[sign].data();
  for (const Span& span : histogram.layout.spans[sign]) {
    index += span.offset;
    for (std::uint32_t i = 0; i < span.length; ++i, ++index) {
      if (bucket_bound(index - 1, histogram.layout.schema) >= threshold) {
        return;
      }
      *count++ = 0;
    }
  }
}

// Removes all zero buckets, unless there is neither one nor a span that could be written shorter.
void compact(FloatHistogram& histogram, unsigned sign) {
  std::vector<Span>& spans = histogram.layout.spans[sign];
  std::vector<double>& buckets = histogram.buckets[sign];
  const bool tight =
      std::ranges::none_of(buckets, [](double count) { return count == 0; }) &&
      std::ranges::all_of(spans, [](Span span) { return span.offset > 0 && span.length > 0; });
  if (tight) {
    return;
  }
  std::vector<std::int64_t> indexes;
  tsdb::append_bucket_indexes(spans, indexes);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < indexes.size(); ++i) {
    if (buckets[i] != 0) {
      indexes[kept] = indexes[i];
      buckets[kept++] = buckets[i];
    }
  }
  indexes.resize(kept);
  buckets.resize(kept);
  spans = tsdb::spans_of(indexes);
  histogram.layout.buckets[sign] = kept;
}

}  // namespace

ZeroBucket widened_zero_bucket(const FloatHistogram& histogram, double threshold) {
  if (threshold == histogram.zero_threshold()) {
    return {threshold, histogram.zero_count};
  }
  // A grown threshold may cut positive buckets that were passed already: then from the start.
  for (ZeroBucket zero{.threshold = threshold};;) {
    zero.count = histogram.zero_count;
    take_up(histogram, kPositive, zero);
    if (!take_up(histogram, kNegative, zero)) {
      return zero;
    }
  }
}

double reconcile_zero_buckets(FloatHistogram& to, const FloatHistogram& other, bool& changed) {
  if (std::isnan(to.zero_threshold()) || std::isnan(other.zero_threshold())) {
    throw Error(ErrorKind::kCorrupt, "the zero threshold of a histogram is not a number");
  }
  ZeroBucket others{other.zero_threshold(), other.zero_count};
  while (others.threshold != to.zero_threshold()) {
    if (to.zero_threshold() > others.threshold) {
      others = widened_zero_bucket(other, to.zero_threshold());
    }
    if (others.threshold > to.zero_threshold()) {
      const ZeroBucket widened = widened_zero_bucket(to, others.threshold);
      to.zero_count = widened.count;
      to.layout.zero_threshold = std::bit_cast<std::uint64_t>(widened.threshold);
      for (const unsigned sign : {kPositive, kNegative}) {
        clear_below(to, sign, widened.threshold);
        compact(to, sign);
      }
      changed = true;
    }
  }
  return others.count;
}

}  // namespace strata::downsample
