#pragma once

#include <deque>
#include <vector>

#include "tsdb/chunk/histogram_append.h"
#include "tsdb/chunk/sample_union.h"
#include "tsdb/chunk/xor2.h"
#include "tsdb/chunk/xor_encoder.h"

namespace strata::tsdb {

// Cuts a sequence of samples into chunks as Prometheus' compaction does: at 120 samples, at a
// change of type and where a histogram cannot be appended. One per thread.
class Reencoder {
 public:
  static constexpr std::size_t kMaxSamples = 120;

  // Names sample `index` of source `source` in a SampleSpan's values.
  static std::uint64_t pick(std::size_t source, std::size_t index) {
    return std::uint64_t{source} << 32 | index;
  }

  // Floats without start timestamps.
  static void encode_floats(SampleSpan samples, ChunkArena& arena, std::vector<ChunkView>& out);

  // `picks.values` name samples of `sources`.
  void encode(SampleSpan picks, const std::deque<SampleColumns>& sources, ChunkArena& arena,
              std::vector<ChunkView>& out);

 private:
  void open(Encoding encoding, ResetHeader header);
  void flush(ChunkArena& arena, std::vector<ChunkView>& out);
  bool must_cut(SampleType type, Timestamp start) const;
  std::size_t open_size() const;

  Encoding open_ = Encoding::kNone;
  SampleType type_ = SampleType::kFloat;
  SampleList floats_;
  Xor2Encoder xor2_;
  HistogramAppender histograms_;
};

}  // namespace strata::tsdb
