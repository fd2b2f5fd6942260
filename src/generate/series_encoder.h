#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/time.h"
#include "generate/fleet.h"
#include "generate/native_encoder.h"
#include "generate/signal.h"
#include "tsdb/chunk/chunk.h"

namespace strata::generate {

// Everything that the series of one target in one block have in common.
struct TargetView {
  std::uint64_t seed = 0;
  Target target;
  Scrapes scrapes;
  Lifetime life;
  TimeRange range;  // of the block
};

// Turns signals into chunks as a Prometheus head cuts them: 120 samples each. Owns reusable
// buffers; one per thread.
class SeriesEncoder {
 public:
  static constexpr std::size_t kChunkSamples = 120;

  // Borrowed until the next call.
  std::span<const tsdb::ChunkView> encode(Kind kind, const Leaf& leaf, const TargetView& target);

 private:
  // Scrapes [first, last), and whether the one numbered `last` found nothing.
  struct Stretch {
    std::int64_t first = 0;
    std::int64_t last = 0;
    Timestamp started = 0;
    bool ends_stale = false;
  };

  void find_stretches(const TargetView& target);
  void encode_stretch(const Stretch& stretch, const Signal& signal, const Scrapes& scrapes);
  void flush();

  std::vector<Stretch> stretches_;
  bool native_ = false;
  tsdb::ResetHeader header_{};  // of the next native chunk
  NativeEncoder native_encoder_;
  std::array<double, kChunkSamples> numbers_;
  std::array<Timestamp, kChunkSamples> times_;
  std::array<std::uint64_t, kChunkSamples> values_;  // bits of the numbers, or the stale marker
  std::size_t filled_ = 0;
  tsdb::ChunkArena arena_;
  std::vector<tsdb::ChunkView> chunks_;
};

}  // namespace strata::generate
