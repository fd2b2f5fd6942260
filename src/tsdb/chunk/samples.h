#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "tsdb/chunk/chunk.h"

namespace strata::tsdb {

template <class T>
using PlainVector = std::vector<T, UninitializedAllocator<T>>;

// Marks the end of a series. A signalling NaN: keep it in integers.
inline constexpr std::uint64_t kStaleMarker = 0x7ff0000000000002;
inline constexpr std::int32_t kCustomBucketsSchema = -53;

// Times with the value bits, or whatever stands for the values: borrowed arrays of equal length.
struct SampleSpan {
  const Timestamp* times = nullptr;
  const std::uint64_t* values = nullptr;
  std::size_t size = 0;

  SampleSpan part(std::size_t from, std::size_t length) const {
    return {times + from, values + from, length};
  }
};

// The same, owned.
struct SampleList {
  PlainVector<Timestamp> times;
  PlainVector<std::uint64_t> values;

  SampleSpan span() const { return {times.data(), values.data(), times.size()}; }
  void resize(std::size_t size) {
    times.resize(size);
    values.resize(size);
  }
};

enum class SampleType : std::uint8_t { kFloat, kHistogram, kFloatHistogram };

// What a sample says about its predecessor. Chunks deliver only kUnknown and kGauge.
enum class ResetHint : std::uint8_t { kUnknown = 0, kReset = 1, kNotReset = 2, kGauge = 3 };

struct Span {
  std::int32_t offset = 0;  // the first: index of its first bucket; later: buckets skipped
  std::uint32_t length = 0;
  bool operator==(const Span&) const = default;
};

enum Sign : unsigned { kPositive = 0, kNegative = 1 };

// Which buckets a histogram has, and what they mean.
struct HistogramLayout {
  std::int32_t schema = 0;
  std::uint64_t zero_threshold = 0;   // float bits
  std::vector<Span> spans[2];         // by Sign
  std::vector<std::uint64_t> bounds;  // float bits; custom buckets only
  std::size_t buckets[2] = {0, 0};    // sums of span lengths

  std::size_t bucket_total() const { return buckets[kPositive] + buckets[kNegative]; }
  void clear();
};

// One histogram without its layout. Counts are integers or float bits by the chunk's type. A stale
// one has no buckets and means an empty layout.
struct HistogramSample {
  std::uint64_t count = 0;
  std::uint64_t zero_count = 0;
  std::uint64_t sum = 0;  // float bits
  std::size_t first_bucket =
      0;  // in SampleColumns::buckets: positive ones, then negative, absolute
  ResetHint hint = ResetHint::kUnknown;

  bool is_stale() const { return sum == kStaleMarker; }
};

// The samples of one chunk, all of one type. Reused: decoding clears it first.
struct SampleColumns {
  SampleType type = SampleType::kFloat;
  bool has_starts = false;  // whether any start timestamp is not 0
  PlainVector<Timestamp> times;
  PlainVector<std::uint64_t> values;  // float bits; empty for histograms
  PlainVector<Timestamp> starts;      // empty for encodings without
  HistogramLayout layout;
  std::vector<HistogramSample> histograms;
  PlainVector<std::uint64_t> buckets;

  std::size_t size() const { return times.size(); }
  Timestamp start(std::size_t i) const { return starts.empty() ? 0 : starts[i]; }
  void clear(SampleType new_type);
};

}  // namespace strata::tsdb
