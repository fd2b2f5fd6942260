#include "downsample/float_histogram.h"

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "downsample/bucket_bound.h"
#include "downsample/zero_bucket.h"
#include "tsdb/chunk/histogram_layout.h"

namespace strata::downsample {

namespace {

using tsdb::HistogramLayout;
using tsdb::kNegative;
using tsdb::kPositive;
using tsdb::ResetHint;
using tsdb::Span;

std::int32_t narrow(std::int64_t offset) {
  return static_cast<std::int32_t>(offset);
}

// Finds buckets of one sign in ascending order, and inserts those that are missing.
class BucketInserter {
 public:
  BucketInserter(std::vector<Span>& spans, std::vector<double>& buckets)
      : spans_(spans), buckets_(buckets), start_(spans.empty() ? 0 : spans[0].offset) {}

  // True: inserted.
  bool add(std::int64_t index, double count) {
    if (spans_.empty() || index < spans_[0].offset) {
      insert_in_front(index, count);
      return true;
    }
    while (index >= start_ + spans_[span_].length) {
      const std::int64_t end = start_ + spans_[span_].length;
      if (span_ + 1 == spans_.size()) {
        append(index, end, count);
        return true;
      }
      before_ += spans_[span_].length;
      ++span_;
      start_ = end + spans_[span_].offset;
      if (index < start_) {
        insert_in_gap(index, end, count);
        return true;
      }
    }
    if (index < start_) {
      insert_in_gap(index, start_ - spans_[span_].offset, count);
      return true;
    }
    buckets_[before_ + static_cast<std::size_t>(index - start_)] += count;
    return false;
  }

 private:
  void insert_in_front(std::int64_t index, double count) {
    buckets_.insert(buckets_.begin(), count);
    if (!spans_.empty() && spans_[0].offset == index + 1) {
      --spans_[0].offset;
      ++spans_[0].length;
    } else {
      if (!spans_.empty()) {
        spans_[0].offset = narrow(spans_[0].offset - (index + 1));
      }
      spans_.insert(spans_.begin(), {narrow(index), 1});
    }
    span_ = 0;
    before_ = 0;
    start_ = index;
  }

  // Before the current span and behind `end` of the one on its left. Spans that meet stay two.
  void insert_in_gap(std::int64_t index, std::int64_t end, double count) {
    buckets_.insert(buckets_.begin() + static_cast<std::ptrdiff_t>(before_), count);
    if (index == end) {
      ++spans_[span_ - 1].length;
      --spans_[span_].offset;
      ++before_;
    } else if (index == start_ - 1) {
      --spans_[span_].offset;
      ++spans_[span_].length;
      start_ = index;
    } else {
      spans_[span_].offset = narrow(start_ - index - 1);
      spans_.insert(spans_.begin() + static_cast<std::ptrdiff_t>(span_), {narrow(index - end), 1});
      start_ = index;
    }
  }

  void append(std::int64_t index, std::int64_t end, double count) {
    buckets_.push_back(count);
    if (index == end) {
      ++spans_[span_].length;
    } else {
      before_ += spans_[span_].length;
      spans_.push_back({narrow(index - end), 1});
      ++span_;
      start_ = index;
    }
  }

  std::vector<Span>& spans_;
  std::vector<double>& buckets_;
  std::size_t span_ = 0;    // current span
  std::size_t before_ = 0;  // buckets in the spans on its left
  std::int64_t start_ = 0;  // index of its first bucket
};

bool add_buckets(FloatHistogram& to, const FloatHistogram& other, tsdb::Sign sign,
                 Operation operation) {
  BucketInserter inserter(to.layout.spans[sign], to.buckets[sign]);
  bool in_zero_bucket = !to.has_custom_buckets();
  bool inserted = false;
  std::int64_t index = 0;
  const double* count = other.buckets[sign].data();
  for (const Span& span : other.layout.spans[sign]) {
    index += span.offset;
    for (std::uint32_t i = 0; i < span.length; ++i, ++index, ++count) {
      if (in_zero_bucket && bucket_bound(index, to.layout.schema) <= to.zero_threshold()) {
        continue;
      }
      in_zero_bucket = false;
      inserted |= inserter.add(index, operation == Operation::kAdd ? *count : *count * -1.0);
    }
  }
  to.layout.buckets[sign] = to.buckets[sign].size();
  return inserted;
}

std::vector<double> bounds_of(const HistogramLayout& layout) {
  std::vector<double> bounds;
  for (const std::uint64_t bits : layout.bounds) {
    bounds.push_back(std::bit_cast<double>(bits));
  }
  return bounds;
}

std::vector<double> common_bounds(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> common;
  std::ranges::copy_if(a, std::back_inserter(common),
                       [&](double bound) { return std::ranges::find(b, bound) != b.end(); });
  return common;
}

// Calls add(place, count) for every positive bucket of `histogram`, place being that of the first
// of `bounds` that is not below the bucket's own bound, or the one behind the last.
void for_each_rolled_up(const FloatHistogram& histogram, const std::vector<double>& bounds,
                        auto add) {
  const std::vector<double> own = bounds_of(histogram.layout);
  std::int64_t index = 0;
  const double* count = histogram.buckets[kPositive].data();
  for (const Span& span : histogram.layout.spans[kPositive]) {
    index += span.offset;
    for (std::uint32_t i = 0; i < span.length; ++i, ++index, ++count) {
      auto at = bounds.end();
      if (index >= 0 && static_cast<std::size_t>(index) < own.size()) {
        const double upper = own[static_cast<std::size_t>(index)];
        at = std::ranges::find_if(bounds, [&](double bound) { return bound >= upper; });
      }
      add(static_cast<std::size_t>(at - bounds.begin()), *count);
    }
  }
}

// Both become histograms over the bounds that they share.
void combine_over_common_bounds(FloatHistogram& to, const FloatHistogram& other,
                                Operation operation) {
  const std::vector<double> common = common_bounds(bounds_of(to.layout), bounds_of(other.layout));
  std::vector<double> totals(common.size() + 1, 0.0);
  for_each_rolled_up(to, common, [&](std::size_t at, double count) { totals[at] += count; });
  for_each_rolled_up(other, common, [&](std::size_t at, double count) {
    totals[at] = operation == Operation::kAdd ? totals[at] + count : totals[at] - count;
  });
  std::vector<std::int64_t> indexes;
  to.buckets[kPositive].clear();
  for (std::size_t i = 0; i < totals.size(); ++i) {
    if (totals[i] != 0) {
      indexes.push_back(static_cast<std::int64_t>(i));
      to.buckets[kPositive].push_back(totals[i]);
    }
  }
  to.layout.spans[kPositive] = tsdb::spans_of(indexes);
  to.layout.buckets[kPositive] = indexes.size();
  to.layout.bounds.clear();
  for (const double bound : common) {
    to.layout.bounds.push_back(std::bit_cast<std::uint64_t>(bound));
  }
}

bool combine_custom(FloatHistogram& to, const FloatHistogram& other, Operation operation) {
  if (same_bounds(to.layout, other.layout)) {
    return add_buckets(to, other, kPositive, operation);
  }
  combine_over_common_bounds(to, other, operation);
  return true;
}

bool fell_over_common_bounds(const FloatHistogram& now, const FloatHistogram& previous) {
  const std::vector<double> common =
      common_bounds(bounds_of(now.layout), bounds_of(previous.layout));
  std::vector<double> totals[2];
  const FloatHistogram* const sources[2] = {&now, &previous};
  for (const std::size_t i : {0, 1}) {
    totals[i].assign(common.size() + 1, 0.0);
    for_each_rolled_up(*sources[i], common,
                       [&](std::size_t at, double count) { totals[i][at] += count; });
  }
  for (std::size_t i = 0; i <= common.size(); ++i) {
    if (totals[0][i] < totals[1][i]) {
      return true;
    }
  }
  return false;
}

// Whether a bucket outside of the zero bucket of `now` holds more in `previous`.
bool bucket_fell(const FloatHistogram& now, const FloatHistogram& previous, tsdb::Sign sign) {
  std::vector<std::int64_t> indexes[2];
  tsdb::append_bucket_indexes(now.layout.spans[sign], indexes[0]);
  tsdb::append_bucket_indexes(previous.layout.spans[sign], indexes[1]);
  const bool has_zero_bucket = !now.has_custom_buckets() && now.zero_threshold() != 0;
  bool in_zero_bucket = has_zero_bucket;
  std::size_t at = 0;
  for (std::size_t i = 0; i < indexes[1].size(); ++i) {
    const std::int64_t index = indexes[1][i];
    if (in_zero_bucket && bucket_bound(index, now.layout.schema) <= now.zero_threshold()) {
      continue;
    }
    in_zero_bucket = false;
    while (at < indexes[0].size() && indexes[0][at] < index) {
      ++at;
    }
    const double before = previous.buckets[sign][i];
    if (at == indexes[0].size()) {
      // Behind the last bucket of `now` the reference looks at the first one only.
      return before != 0;
    }
    if (indexes[0][at] == index ? now.buckets[sign][at] < before : before != 0) {
      return true;
    }
  }
  return false;
}

}  // namespace

bool same_bounds(const HistogramLayout& a, const HistogramLayout& b) {
  return std::ranges::equal(a.bounds, b.bounds, [](std::uint64_t x, std::uint64_t y) {
    return std::bit_cast<double>(x) == std::bit_cast<double>(y);
  });
}

bool same_layout(const HistogramLayout& a, const HistogramLayout& b) {
  return a.schema == b.schema &&
         std::bit_cast<double>(a.zero_threshold) == std::bit_cast<double>(b.zero_threshold) &&
         a.spans[kPositive] == b.spans[kPositive] && a.spans[kNegative] == b.spans[kNegative] &&
         same_bounds(a, b);
}

std::size_t buckets_in_zero_bucket(const HistogramLayout& layout, tsdb::Sign sign) {
  std::size_t skipped = 0;
  std::int64_t index = 0;
  for (const Span& span : layout.spans[sign]) {
    index += span.offset;
    for (std::uint32_t i = 0; i < span.length; ++i, ++index, ++skipped) {
      if (!(bucket_bound(index, layout.schema) <= std::bit_cast<double>(layout.zero_threshold))) {
        return skipped;
      }
    }
  }
  return skipped;
}

ResetHint combined_hint(ResetHint own, ResetHint other) {
  if (own == other || own == ResetHint::kGauge) {
    return own;
  }
  return other == ResetHint::kGauge ? other : ResetHint::kUnknown;
}

bool combine(FloatHistogram& to, const FloatHistogram& other, Operation operation) {
  if (to.layout.schema != other.layout.schema) {
    throw Error(ErrorKind::kCorrupt, "histograms of different schemas in one batch");
  }
  const auto apply = [operation](double& own, double others) {
    own = operation == Operation::kAdd ? own + others : own - others;
  };
  to.hint = combined_hint(to.hint, other.hint);
  bool changed = false;
  if (!to.has_custom_buckets()) {
    apply(to.zero_count, reconcile_zero_buckets(to, other, changed));
  }
  apply(to.count, other.count);
  apply(to.sum, other.sum);
  if (to.has_custom_buckets()) {
    return combine_custom(to, other, operation);
  }
  for (const tsdb::Sign sign : {kPositive, kNegative}) {
    changed |= add_buckets(to, other, sign, operation);
  }
  return changed;
}

bool is_reset(const FloatHistogram& now, const FloatHistogram& previous) {
  if (now.count < previous.count) {
    return true;
  }
  ZeroBucket before{now.zero_threshold(), previous.zero_count};
  if (now.has_custom_buckets()) {
    if (!same_bounds(now.layout, previous.layout)) {
      return fell_over_common_bounds(now, previous);
    }
  }
  if (now.zero_threshold() < previous.zero_threshold()) {
    return true;
  }
  if (!now.has_custom_buckets()) {
    before = widened_zero_bucket(previous, now.zero_threshold());
  }
  return before.threshold != now.zero_threshold() || now.zero_count < before.count ||
         bucket_fell(now, previous, kPositive) || bucket_fell(now, previous, kNegative);
}

}  // namespace strata::downsample
