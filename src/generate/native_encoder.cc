#include "generate/native_encoder.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "generate/random.h"
#include "tsdb/chunk/samples.h"

namespace strata::generate {
namespace {

constexpr std::int32_t kSchema = 3;             // 8 buckets per power of two
constexpr double kGrowth = 1.0905077326652577;  // 2^(1/8)
constexpr double kZeroThreshold = 0x1p-128;     // what client libraries choose
constexpr std::size_t kBridgedGap = 2;          // empty buckets that a span includes

}  // namespace

void NativeEncoder::begin(std::uint64_t key) {
  Random random(key);
  size_ = static_cast<std::size_t>(random.between(10, kMostBuckets));
  first_index_ = static_cast<std::int32_t>(random.between(-56, -24));
  zero_share_ = random.chance(0.2) ? 0.01 : 0;
  double middle = std::ldexp(1.0, first_index_ / 8);
  double total = 0;
  for (std::size_t i = 0; i < size_; ++i) {
    const auto from_edge = static_cast<double>(std::min(i + 1, size_ - i));
    share_[i] = from_edge * from_edge * from_edge;
    total += share_[i];
    phase_[i] = random.unit();
    middle_[i] = middle;
    middle *= kGrowth;
  }
  for (std::size_t i = 0; i < size_; ++i) {
    share_[i] /= total;
  }
}

// Buckets never hit are left out, but for short gaps between those that were.
void NativeEncoder::choose_layout(double observations) {
  layout_.clear();
  layout_.schema = kSchema;
  layout_.zero_threshold = std::bit_cast<std::uint64_t>(kZeroThreshold);
  auto& spans = layout_.spans[tsdb::kPositive];
  shown_count_ = 0;
  std::size_t next = 0;  // behind the last shown bucket
  for (std::size_t i = 0; i < size_; ++i) {
    if (hits(i, observations) == 0) {
      continue;
    }
    if (spans.empty()) {
      spans.push_back({first_index_ + static_cast<std::int32_t>(i), 0});
      next = i;
    } else if (i - next > kBridgedGap) {
      spans.push_back({static_cast<std::int32_t>(i - next), 0});
      next = i;
    }
    for (; next <= i; ++next) {
      shown_[shown_count_++] = static_cast<std::uint8_t>(next);
      ++spans.back().length;
    }
  }
  layout_.buckets[tsdb::kPositive] = shown_count_;
}

tsdb::ChunkView NativeEncoder::encode(std::span<const Timestamp> times,
                                      std::span<const std::uint64_t> observations,
                                      tsdb::ResetHeader header, tsdb::ChunkArena& arena) {
  std::size_t live = observations.size();
  if (observations.back() == tsdb::kStaleMarker) {
    --live;
  }
  if (live == 0) {
    layout_.clear();
    shown_count_ = 0;
  } else {
    choose_layout(std::bit_cast<double>(observations[live - 1]));
  }
  encoder_.begin(tsdb::Encoding::kHistogram, layout_);
  std::array<std::uint64_t, kMostBuckets> buckets;
  for (std::size_t i = 0; i < live; ++i) {
    const auto seen = std::bit_cast<double>(observations[i]);
    tsdb::HistogramEncoder::Sample sample{.time = times[i], .buckets = buckets.data()};
    double sum = 0;
    for (std::size_t shown = 0; shown < shown_count_; ++shown) {
      buckets[shown] = hits(shown_[shown], seen);
      sample.count += buckets[shown];
      sum +=
          static_cast<double>(static_cast<std::int64_t>(buckets[shown])) * middle_[shown_[shown]];
    }
    sample.zero_count = static_cast<std::uint64_t>(static_cast<std::int64_t>(zero_share_ * seen));
    sample.count += sample.zero_count;
    sample.sum = std::bit_cast<std::uint64_t>(sum);
    encoder_.append(sample);
  }
  if (live < observations.size()) {
    encoder_.append({.time = times.back(), .sum = tsdb::kStaleMarker});
  }
  return encoder_.finish(header, arena);
}

}  // namespace strata::generate
