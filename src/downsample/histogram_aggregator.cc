#include "downsample/histogram_aggregator.h"

#include <bit>

#include "base/error.h"

namespace strata::downsample {

namespace {

using tsdb::HistogramLayout;
using tsdb::kNegative;
using tsdb::kPositive;
using tsdb::ResetHint;

double as_double(std::uint64_t bits) {
  return std::bit_cast<double>(bits);
}

// Whether adding each bucket to the one of its index is all there is to addition.
bool is_simple(const HistogramLayout& layout) {
  if (layout.schema == tsdb::kCustomBucketsSchema) {
    return layout.buckets[kNegative] == 0;
  }
  return buckets_in_zero_bucket(layout, kPositive) == 0 &&
         buckets_in_zero_bucket(layout, kNegative) == 0;
}

// Calls apply(own, i) for every bucket of a source: `own` is that of the total, `i` the place in
// the row of the source.
template <class Fit>
void for_each_bucket(FloatHistogram& total, const Fit& fit, const HistogramLayout& source,
                     auto apply) {
  std::size_t first = 0;
  for (const unsigned sign : {kPositive, kNegative}) {
    double* const own = total.buckets[sign].data();
    const std::size_t size = source.buckets[sign];
    if (fit.in_order) {
      for (std::size_t i = 0; i < size; ++i) {
        apply(own[i], first + i);
      }
    } else {
      const std::uint32_t* const places = fit.places[sign].data();
      for (std::size_t i = 0; i < size; ++i) {
        apply(own[places[i]], first + i);
      }
    }
    first += size;
  }
}

}  // namespace

void HistogramAggregator::start(std::int32_t schema, Streams streams) {
  schema_ = schema;
  streams_ = streams;
  batch_is_empty_ = true;
  window_is_empty_ = true;
  columns_ = nullptr;
  previous_ = {};
}

void HistogramAggregator::open(const tsdb::SampleColumns& columns) {
  columns_ = &columns;
  reduced_ = columns.layout.schema != schema_;
  if (reduced_) {
    if (schema_ == tsdb::kCustomBucketsSchema) {
      throw Error(ErrorKind::kCorrupt, "exponential buckets in a stream of custom ones");
    }
    HistogramLayout reduced = columns.layout;
    tsdb::widen_buckets(reduced, schema_, widening_);
    set_layout(reduced);
    for (auto& row : reduced_rows_) {
      row.resize(layout_.bucket_total());
    }
  } else {
    set_layout(columns.layout);
  }
  simple_ = by_place_ && is_simple(layout_);
}

void HistogramAggregator::set_layout(const HistogramLayout& layout) {
  if (layout_id_ == kNoLayout || !same_layout(layout_, layout)) {
    layout_ = layout;
    layout_id_ = new_layout_id();
  }
}

void HistogramAggregator::close() {
  // The previous histogram lies in what goes away.
  if (previous_.layout != &previous_layout_) {
    previous_layout_ = *previous_.layout;
    previous_.layout = &previous_layout_;
  }
  if (previous_.buckets != previous_buckets_.data()) {
    previous_buckets_.assign(previous_.buckets,
                             previous_.buckets + previous_layout_.bucket_total());
    previous_.buckets = previous_buckets_.data();
  }
}

HistogramAggregator::Row HistogramAggregator::row(std::size_t index) {
  const tsdb::HistogramSample& sample = columns_->histograms[index];
  Row row{.layout = &layout_,
          .layout_id = layout_id_,
          .hint = reduced_ ? ResetHint::kUnknown : sample.hint,
          .count = as_double(sample.count),
          .zero_count = as_double(sample.zero_count),
          .sum = as_double(sample.sum),
          .buckets = columns_->buckets.data() + sample.first_bucket};
  if (reduced_) {
    std::uint64_t* const reduced = reduced_rows_[turn_ ^= 1].data();
    tsdb::widen_counts(columns_->type, widening_, row.buckets, reduced);
    row.buckets = reduced;
  }
  return row;
}

void HistogramAggregator::add(std::size_t index) {
  const Row now = row(index);
  if (streams_.counter) {
    if (batch_is_empty_) {
      assign(counter_, now);
    } else if (now.hint != ResetHint::kGauge && counts_as_reset(now, index)) {
      add_to(counter_, counter_fit_, now);
    } else {
      add_increase(now);
    }
  }
  if (streams_.sum) {
    if (window_is_empty_) {
      assign(sum_, now);
    } else {
      add_to(sum_, sum_fit_, now);
    }
    sum_.value.hint = ResetHint::kGauge;
  }
  batch_is_empty_ = false;
  window_is_empty_ = false;
  previous_ = now;
}

bool HistogramAggregator::counts_as_reset(const Row& now, std::size_t index) {
  const ResetHint hint = columns_->histograms[index].hint;
  // Chunks say it of all their samples but the first.
  if (hint == ResetHint::kUnknown && index > 0) {
    return false;
  }
  // The reference compares the sample as it was before it was reduced: more detail is a reset.
  if (reduced_) {
    return true;
  }
  if (simple_ && previous_.layout_id == layout_id_) {
    return fell(now);
  }
  assign(now_scratch_, now);
  assign(previous_scratch_, previous_);
  return is_reset(now_scratch_.value, previous_scratch_.value);
}

bool HistogramAggregator::fell(const Row& now) const {
  if (now.count < previous_.count || now.zero_count < previous_.zero_count) {
    return true;
  }
  const std::size_t total = layout_.bucket_total();
  for (std::size_t i = 0; i < total; ++i) {
    if (as_double(now.buckets[i]) < as_double(previous_.buckets[i])) {
      return true;
    }
  }
  return false;
}

void HistogramAggregator::add_increase(const Row& now) {
  if (!simple_ || previous_.layout_id != layout_id_ || !fits(counter_fit_, counter_)) {
    assign(now_scratch_, now);
    assign(previous_scratch_, previous_);
    if (combine(now_scratch_.value, previous_scratch_.value, Operation::kSubtract)) {
      now_scratch_.layout_id = kNoLayout;
    }
    if (combine(counter_.value, now_scratch_.value, Operation::kAdd)) {
      note_change(counter_);
    }
    return;
  }
  FloatHistogram& counter = counter_.value;
  counter.hint = combined_hint(counter.hint, combined_hint(now.hint, previous_.hint));
  counter.count += now.count - previous_.count;
  counter.sum += now.sum - previous_.sum;
  if (!counter.has_custom_buckets()) {
    counter.zero_count += now.zero_count - previous_.zero_count;
  }
  for_each_bucket(counter, counter_fit_, layout_, [&](double& own, std::size_t i) {
    own += as_double(now.buckets[i]) - as_double(previous_.buckets[i]);
  });
}

void HistogramAggregator::add_to(RunningHistogram& total, Fit& fit, const Row& now) {
  if (!simple_ || !fits(fit, total)) {
    assign(now_scratch_, now);
    if (combine(total.value, now_scratch_.value, Operation::kAdd)) {
      note_change(total);
    }
    return;
  }
  FloatHistogram& value = total.value;
  value.hint = combined_hint(value.hint, now.hint);
  value.count += now.count;
  value.sum += now.sum;
  if (!value.has_custom_buckets()) {
    value.zero_count += now.zero_count;
  }
  for_each_bucket(value, fit, layout_,
                  [&](double& own, std::size_t i) { own += as_double(now.buckets[i]); });
}

void HistogramAggregator::note_change(RunningHistogram& total) {
  total.layout_id = same_layout(total.value.layout, layout_) ? layout_id_ : new_layout_id();
}

bool HistogramAggregator::fits(Fit& fit, const RunningHistogram& total) {
  if (fit.source_id != layout_id_ || fit.target_id != total.layout_id) {
    fit.source_id = layout_id_;
    fit.target_id = total.layout_id;
    find_places(fit, total.value.layout);
  }
  return fit.has_all;
}

void HistogramAggregator::find_places(Fit& fit, const HistogramLayout& target) const {
  fit.in_order = true;
  fit.has_all = as_double(layout_.zero_threshold) == as_double(target.zero_threshold) &&
                same_bounds(layout_, target);
  if (!fit.has_all || fit.source_id == fit.target_id) {
    return;
  }
  for (const unsigned sign : {kPositive, kNegative}) {
    std::vector<std::int64_t> from;
    std::vector<std::int64_t> to;
    tsdb::append_bucket_indexes(layout_.spans[sign], from);
    tsdb::append_bucket_indexes(target.spans[sign], to);
    fit.places[sign].clear();
    std::size_t at = 0;
    for (const std::int64_t index : from) {
      while (at < to.size() && to[at] < index) {
        ++at;
      }
      if (at == to.size() || to[at] != index) {
        fit.has_all = false;
        return;
      }
      fit.in_order &= at == fit.places[sign].size();
      fit.places[sign].push_back(static_cast<std::uint32_t>(at));
    }
  }
}

void HistogramAggregator::assign(RunningHistogram& to, const Row& row) {
  FloatHistogram& value = to.value;
  if (to.layout_id != row.layout_id) {
    value.layout = *row.layout;
    to.layout_id = row.layout_id;
  }
  value.hint = row.hint;
  value.count = row.count;
  value.zero_count = row.zero_count;
  value.sum = row.sum;
  const std::uint64_t* at = row.buckets;
  for (const unsigned sign : {kPositive, kNegative}) {
    value.buckets[sign].resize(row.layout->buckets[sign]);
    for (double& bucket : value.buckets[sign]) {
      bucket = as_double(*at++);
    }
  }
}

}  // namespace strata::downsample
