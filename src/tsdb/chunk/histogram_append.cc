#include "tsdb/chunk/histogram_append.h"

#include <algorithm>
#include <bit>

#include "tsdb/chunk/histogram_layout.h"

namespace strata::tsdb {

namespace {

double as_double(std::uint64_t bits) {
  return std::bit_cast<double>(bits);
}

AppendVerdict new_chunk(ResetHeader header) {
  return {AppendKind::kNewChunk, header};
}

}  // namespace

void HistogramAppender::open(Encoding encoding, ResetHeader header) {
  encoding_ = encoding;
  integer_ = is_integer(encoding);
  header_ = header;
  entries_.clear();
  known_relations_ = 0;
}

bool HistogramAppender::is_less(std::uint64_t a, std::uint64_t b) const {
  return integer_ ? a < b : as_double(a) < as_double(b);
}

bool HistogramAppender::is_zero(std::uint64_t count) const {
  return integer_ ? count == 0 : as_double(count) == 0;
}

bool HistogramAppender::bucket_fell(std::uint64_t now, std::uint64_t before) const {
  // Bucket counts come from sums of signed differences.
  return integer_ ? static_cast<std::int64_t>(now) < static_cast<std::int64_t>(before)
                  : as_double(now) < as_double(before);
}

bool HistogramAppender::same_boundaries(const HistogramLayout& other) const {
  return layout_.bounds.size() == other.bounds.size() &&
         std::ranges::equal(layout_.bounds, other.bounds, [](std::uint64_t a, std::uint64_t b) {
           return as_double(a) == as_double(b);
         });
}

AppendVerdict HistogramAppender::judge(const SampleColumns& source, std::size_t index) {
  const HistogramSample& sample = source.histograms[index];
  const AppendVerdict verdict = sample.hint == ResetHint::kGauge ? judge_gauge(source, sample)
                                                                 : judge_counter(source, sample);
  if (verdict.kind == AppendKind::kAppend && !sample.is_stale() && relation(source).adds_any()) {
    return {AppendKind::kRecode, header_};
  }
  return verdict;
}

AppendVerdict HistogramAppender::judge_gauge(const SampleColumns& source,
                                             const HistogramSample& sample) {
  if (header_ != ResetHeader::kGauge) {
    return new_chunk(ResetHeader::kGauge);
  }
  if (sample.is_stale()) {
    return {};
  }
  const HistogramLayout& layout = source.layout;
  if (last_.is_stale() || layout.schema != layout_.schema ||
      as_double(layout.zero_threshold) != as_double(layout_.zero_threshold) ||
      (layout.schema == kCustomBucketsSchema && !same_boundaries(layout))) {
    return new_chunk(ResetHeader::kGauge);
  }
  return {};
}

AppendVerdict HistogramAppender::judge_counter(const SampleColumns& source,
                                               const HistogramSample& sample) {
  if (header_ == ResetHeader::kGauge) {
    return new_chunk(integer_ ? ResetHeader::kNotReset : ResetHeader::kUnknown);
  }
  if (sample.hint == ResetHint::kReset) {
    return new_chunk(ResetHeader::kReset);
  }
  if (sample.is_stale()) {
    return {};
  }
  if (last_.is_stale()) {
    return new_chunk(ResetHeader::kUnknown);
  }
  if (is_less(sample.count, last_.count)) {
    return new_chunk(ResetHeader::kReset);
  }
  const HistogramLayout& layout = source.layout;
  if (layout.schema != layout_.schema ||
      as_double(layout.zero_threshold) != as_double(layout_.zero_threshold)) {
    return new_chunk(ResetHeader::kUnknown);
  }
  if ((layout.schema == kCustomBucketsSchema && !same_boundaries(layout)) ||
      is_less(sample.zero_count, last_.zero_count) || buckets_fell(source, sample)) {
    return new_chunk(ResetHeader::kReset);
  }
  return {};
}

bool HistogramAppender::buckets_fell(const SampleColumns& source, const HistogramSample& sample) {
  const Relation& related = relation(source);
  const std::uint64_t* const now = source.buckets.data() + sample.first_bucket;
  for (std::size_t i = 0; i < last_buckets_.size(); ++i) {
    const std::size_t place = related.identical ? i : related.place[i];
    if (place == kMissing ? !is_zero(last_buckets_[i])
                          : bucket_fell(now[place], last_buckets_[i])) {
      return true;
    }
  }
  return false;
}

const HistogramAppender::Relation& HistogramAppender::relation(const SampleColumns& source) {
  for (std::size_t i = 0; i < known_relations_; ++i) {
    if (relations_[i].source == &source) {
      return relations_[i];
    }
  }
  if (known_relations_ == relations_.size()) {
    relations_.emplace_back();
  }
  Relation& related = relations_[known_relations_++];
  related.source = &source;
  related.place.clear();
  related.identical = true;
  for (const unsigned sign : {kPositive, kNegative}) {
    related.adds[sign] = related.lacks[sign] = false;
    related.identical &= source.layout.spans[sign] == layout_.spans[sign];
  }
  if (!related.identical) {
    relate(related, kPositive, 0);
    relate(related, kNegative, source.layout.buckets[kPositive]);
  }
  return related;
}

void HistogramAppender::relate(Relation& related, unsigned sign, std::size_t first_place) {
  own_indexes_.clear();
  other_indexes_.clear();
  append_bucket_indexes(layout_.spans[sign], own_indexes_);
  append_bucket_indexes(related.source->layout.spans[sign], other_indexes_);
  std::size_t at = 0;
  for (const std::int64_t index : own_indexes_) {
    while (at < other_indexes_.size() && other_indexes_[at] < index) {
      related.adds[sign] = true;
      ++at;
    }
    if (at < other_indexes_.size() && other_indexes_[at] == index) {
      related.place.push_back(static_cast<std::uint32_t>(first_place + at));
      ++at;
    } else {
      related.place.push_back(kMissing);
      related.lacks[sign] = true;
    }
  }
  related.adds[sign] |= at < other_indexes_.size();
}

void HistogramAppender::append(const SampleColumns& source, std::size_t index) {
  const HistogramSample& sample = source.histograms[index];
  if (entries_.empty()) {
    if (sample.is_stale()) {
      layout_.clear();
    } else {
      layout_ = source.layout;
    }
    known_relations_ = 0;
    last_buckets_.clear();
  }
  entries_.push_back({&source, index});
  last_ = sample;
  if (sample.is_stale()) {
    return;
  }
  if (relation(source).adds_any()) {
    widen(relation(source), sample.hint == ResetHint::kGauge);
    known_relations_ = 0;
  }
  const std::uint64_t* const dense = spread(relation(source), sample, scratch_);
  last_buckets_.assign(dense, dense + layout_.bucket_total());
}

// The spans of the widened layout are those of the sample unless the chunk has buckets that the
// sample lacks.
void HistogramAppender::widen(const Relation& by, bool gauge) {
  for (const unsigned sign : {kPositive, kNegative}) {
    const std::vector<Span>& theirs = by.source->layout.spans[sign];
    if (!by.lacks_any() || (!gauge && !by.lacks[sign])) {
      layout_.spans[sign] = theirs;
    } else {
      own_indexes_.clear();
      other_indexes_.clear();
      append_bucket_indexes(layout_.spans[sign], own_indexes_);
      append_bucket_indexes(theirs, other_indexes_);
      std::vector<std::int64_t> all;
      std::ranges::set_union(own_indexes_, other_indexes_, std::back_inserter(all));
      layout_.spans[sign] = spans_of(all);
    }
    layout_.buckets[sign] = count_buckets(layout_.spans[sign]);
  }
}

const std::uint64_t* HistogramAppender::spread(const Relation& related,
                                               const HistogramSample& sample,
                                               PlainVector<std::uint64_t>& scratch) const {
  const std::uint64_t* const buckets = related.source->buckets.data() + sample.first_bucket;
  if (related.identical) {
    return buckets;
  }
  scratch.resize(related.place.size());
  for (std::size_t i = 0; i < scratch.size(); ++i) {
    scratch[i] = related.place[i] == kMissing ? 0 : buckets[related.place[i]];
  }
  return scratch.data();
}

ChunkView HistogramAppender::finish(ChunkArena& arena) {
  encoder_.begin(encoding_, layout_);
  for (const Entry& entry : entries_) {
    const HistogramSample& sample = entry.source->histograms[entry.index];
    encoder_.append({
        .time = entry.source->times[entry.index],
        .start = entry.source->start(entry.index),
        .count = sample.count,
        .zero_count = sample.zero_count,
        .sum = sample.sum,
        .buckets = sample.is_stale() ? nullptr : spread(relation(*entry.source), sample, scratch_),
    });
  }
  entries_.clear();
  return encoder_.finish(header_, arena);
}

}  // namespace strata::tsdb
