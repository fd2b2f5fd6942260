#include "generate/adversarial_chunk.h"

#include <bit>

#include "tsdb/chunk/xor_encoder.h"

namespace strata::generate {
namespace {

std::uint64_t as_float(std::uint64_t count) {
  return std::bit_cast<std::uint64_t>(static_cast<double>(static_cast<std::int64_t>(count)) / 4);
}

tsdb::ResetHeader reset_header(const Point& first, Random& random) {
  if (is_gauge(first.flavor)) {
    // Nothing but stale markers is not a gauge: readers give markers no hint.
    return first.is_stale() ? tsdb::ResetHeader::kUnknown : tsdb::ResetHeader::kGauge;
  }
  return static_cast<tsdb::ResetHeader>(random.below(3));
}

// Start timestamps: none at all, or of processes that last for some samples.
class Starts {
 public:
  Starts(Random& random, Timestamp first)
      : random_(random), used_(random.chance(0.7)), start_(first - 1000) {}
  Timestamp next(Timestamp time) {
    if (used_ && random_.chance(0.05)) {
      start_ = random_.chance(0.3) ? 0 : time - random_.between(0, 5000);
    }
    return used_ ? start_ : 0;
  }

 private:
  Random& random_;
  bool used_;
  Timestamp start_;
};

}  // namespace

tsdb::ChunkView PieceEncoder::encode(const Story& story, const Piece& piece,
                                     tsdb::ChunkArena& arena) {
  return story.points[piece.begin].flavor == Flavor::kFloat
             ? encode_floats(story, piece, arena)
             : encode_histograms(story, piece, arena);
}

tsdb::ChunkView PieceEncoder::encode_floats(const Story& story, const Piece& piece,
                                            tsdb::ChunkArena& arena) {
  if (piece.newer_encoding) {
    Random random(piece.style);
    Starts starts(random, story.points[piece.begin].time);
    for (std::size_t i = piece.begin; i < piece.end; ++i) {
      const Point& point = story.points[i];
      xor2_.append(point.time, point.value, starts.next(point.time));
    }
    return xor2_.finish(arena);
  }
  std::vector<Timestamp> times;
  std::vector<std::uint64_t> values;
  for (std::size_t i = piece.begin; i < piece.end; ++i) {
    times.push_back(story.points[i].time);
    values.push_back(story.points[i].value);
  }
  return tsdb::encode_xor({times.data(), values.data(), times.size()}, arena);
}

tsdb::ChunkView PieceEncoder::encode_histograms(const Story& story, const Piece& piece,
                                                tsdb::ChunkArena& arena) {
  Random random(piece.style);
  const Point& first = story.points[piece.begin];
  choose_layout(story, piece, random);
  const bool floats = has_float_counts(first.flavor);
  using enum tsdb::Encoding;
  const tsdb::Encoding encoding = piece.newer_encoding ? (floats ? kFloatHistogramSt : kHistogramSt)
                                                       : (floats ? kFloatHistogram : kHistogram);
  histograms_.begin(encoding, layout_);
  Starts starts(random, first.time);
  for (std::size_t i = piece.begin; i < piece.end; ++i) {
    const Point& point = story.points[i];
    append(point, piece.newer_encoding ? starts.next(point.time) : 0);
  }
  return histograms_.finish(reset_header(first, random), arena);
}

void PieceEncoder::choose_layout(const Story& story, const Piece& piece, Random& random) {
  layout_.clear();
  for (auto& shown : shown_) {
    shown.clear();
  }
  const Point* live = nullptr;
  for (std::size_t i = piece.begin; i < piece.end && live == nullptr; ++i) {
    live = story.points[i].is_stale() ? nullptr : &story.points[i];
  }
  if (live == nullptr) {
    return;
  }
  const Era& era = story.eras[live->era];
  layout_.schema = era.schema;
  layout_.zero_threshold = era.zero_threshold;
  layout_.bounds = era.bounds;
  for (const unsigned sign : {tsdb::kPositive, tsdb::kNegative}) {
    const bool wide = random.chance(0.15);
    for (std::size_t bucket = 0; bucket < live->buckets[sign].size(); ++bucket) {
      bool seen = wide;
      for (std::size_t i = piece.begin; i < piece.end; ++i) {
        const auto& buckets = story.points[i].buckets[sign];
        seen |= bucket < buckets.size() && buckets[bucket] != Point::kAbsent;
      }
      if (seen) {
        shown_[sign].push_back(bucket);
      }
    }
    choose_spans(era, sign, random);
  }
}

void PieceEncoder::choose_spans(const Era& era, unsigned sign, Random& random) {
  auto& spans = layout_.spans[sign];
  const bool odd = random.chance(0.2);
  std::int32_t behind = 0;  // index behind the last span
  for (const std::size_t bucket : shown_[sign]) {
    const std::int32_t index = era.first_index[sign] + static_cast<std::int32_t>(bucket);
    if (spans.empty() || index != behind || (odd && random.chance(0.3))) {
      std::int32_t gap = index - behind;
      if (odd && gap > 0 && !spans.empty() && random.chance(0.5)) {
        const auto part = static_cast<std::int32_t>(random.between(0, gap));
        spans.push_back({part, 0});
        gap -= part;
      }
      spans.push_back({gap, 0});
    }
    ++spans.back().length;
    behind = index + 1;
  }
  layout_.buckets[sign] = shown_[sign].size();
}

void PieceEncoder::append(const Point& point, Timestamp start) {
  const bool floats = has_float_counts(point.flavor);
  const auto number = [&](std::uint64_t count) { return floats ? as_float(count) : count; };
  tsdb::HistogramEncoder::Sample sample{.time = point.time, .start = start, .sum = point.value};
  buckets_.clear();
  if (!point.is_stale()) {
    sample.count = number(point.count);
    sample.zero_count = number(point.zero_count);
    for (const unsigned sign : {tsdb::kPositive, tsdb::kNegative}) {
      for (const std::size_t bucket : shown_[sign]) {
        const std::uint64_t count = point.buckets[sign][bucket];
        buckets_.push_back(number(count == Point::kAbsent ? 0 : count));
      }
    }
    sample.buckets = buckets_.data();
  }
  histograms_.append(sample);
}

}  // namespace strata::generate
