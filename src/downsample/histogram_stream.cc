#include "downsample/histogram_stream.h"

#include <bit>

#include "tsdb/chunk/histogram_layout.h"

namespace strata::downsample {

namespace {

using tsdb::AppendKind;
using tsdb::Encoding;
using tsdb::kNegative;
using tsdb::kPositive;
using tsdb::ResetHeader;
using tsdb::ResetHint;
using tsdb::SampleColumns;

std::uint64_t bits(double value) {
  return std::bit_cast<std::uint64_t>(value);
}

// `buckets` moves from the indexes `from` to those of `to`, which are all of them and more.
void spread(const std::vector<std::int64_t>& from, const std::vector<std::int64_t>& to,
            std::vector<double>& buckets) {
  std::vector<double> spread_out(to.size(), 0.0);
  std::size_t at = 0;
  for (std::size_t i = 0; i < to.size() && at < from.size(); ++i) {
    if (to[i] == from[at]) {
      spread_out[i] = buckets[at++];
    }
  }
  buckets = std::move(spread_out);
}

}  // namespace

void HistogramStream::start() {
  used_ = 0;
  appender_.open(Encoding::kFloatHistogram, ResetHeader::kUnknown);
}

bool HistogramStream::append(Timestamp time, RunningHistogram& histogram,
                             HistogramAggregator& ids) {
  const SampleColumns& columns = put_row(time, histogram);
  const std::size_t index = columns.size() - 1;
  const bool gauge = histogram.value.hint == ResetHint::kGauge;
  if (empty()) {
    appender_.open(Encoding::kFloatHistogram, gauge ? ResetHeader::kGauge : ResetHeader::kNotReset);
    appender_.append(columns, index);
    return false;
  }
  const tsdb::AppendVerdict verdict = appender_.judge(columns, index);
  if (verdict.kind == AppendKind::kNewChunk) {
    appender_.open(Encoding::kFloatHistogram, verdict.header);
    appender_.append(columns, index);
    return true;
  }
  const bool lacks = appender_.lacks_buckets(columns);
  appender_.append(columns, index);
  if (lacks) {
    fill_gaps(histogram.value, verdict.kind == AppendKind::kRecode);
    histogram.layout_id = ids.new_layout_id();
  }
  return false;
}

SampleColumns& HistogramStream::put_row(Timestamp time, const RunningHistogram& histogram) {
  const FloatHistogram& value = histogram.value;
  if (used_ == 0 || rows_[used_ - 1].layout_id != histogram.layout_id) {
    if (used_ == rows_.size()) {
      rows_.emplace_back();
    }
    Rows& rows = rows_[used_++];
    rows.layout_id = histogram.layout_id;
    rows.columns.clear(tsdb::SampleType::kFloatHistogram);
    rows.columns.layout = value.layout;
  }
  SampleColumns& columns = rows_[used_ - 1].columns;
  columns.times.push_back(time);
  columns.histograms.push_back({.count = bits(value.count),
                                .zero_count = bits(value.zero_count),
                                .sum = bits(value.sum),
                                .first_bucket = columns.buckets.size(),
                                .hint = value.hint});
  for (const unsigned sign : {kPositive, kNegative}) {
    for (const double bucket : value.buckets[sign]) {
      columns.buckets.push_back(bits(bucket));
    }
  }
  return columns;
}

// The chunk has all buckets of `histogram` by now; `adds`: some of them it did not have before.
void HistogramStream::fill_gaps(FloatHistogram& histogram, bool adds) const {
  const tsdb::HistogramLayout& chunk = appender_.layout();
  const bool canonical = histogram.hint == ResetHint::kGauge && !adds;
  for (const unsigned sign : {kPositive, kNegative}) {
    std::vector<std::int64_t> own;
    std::vector<std::int64_t> all;
    tsdb::append_bucket_indexes(histogram.layout.spans[sign], own);
    tsdb::append_bucket_indexes(chunk.spans[sign], all);
    spread(own, all, histogram.buckets[sign]);
    histogram.layout.spans[sign] = canonical ? tsdb::spans_of(all) : chunk.spans[sign];
    histogram.layout.buckets[sign] = all.size();
  }
}

}  // namespace strata::downsample
