#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/time.h"
#include "tsdb/chunk/chunk.h"
#include "tsdb/chunk/histogram_encoder.h"

namespace strata::generate {

// Makes native histograms of one series out of its number of observations: a hump of exponential
// buckets, of which those show that have been hit. Counts grow with the observations, bucket by
// bucket.
class NativeEncoder {
 public:
  // Chooses where the hump lies.
  void begin(std::uint64_t key);
  // One chunk. `observations` are the bits of ascending doubles; the last may be the stale marker.
  tsdb::ChunkView encode(std::span<const Timestamp> times,
                         std::span<const std::uint64_t> observations, tsdb::ResetHeader header,
                         tsdb::ChunkArena& arena);

 private:
  static constexpr std::size_t kMostBuckets = 28;

  std::uint64_t hits(std::size_t bucket, double observations) const {
    return static_cast<std::uint64_t>(
        static_cast<std::int64_t>(share_[bucket] * observations + phase_[bucket]));
  }
  void choose_layout(double observations);

  std::size_t size_ = 0;
  std::int32_t first_index_ = 0;
  std::array<double, kMostBuckets> share_{};
  std::array<double, kMostBuckets> phase_{};  // so that buckets do not step all at once
  std::array<double, kMostBuckets> middle_{};
  double zero_share_ = 0;

  tsdb::HistogramLayout layout_;
  std::array<std::uint8_t, kMostBuckets> shown_{};  // the layout's buckets
  std::size_t shown_count_ = 0;
  tsdb::HistogramEncoder encoder_;
};

}  // namespace strata::generate
