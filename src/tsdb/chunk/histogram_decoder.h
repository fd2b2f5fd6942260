#pragma once

#include "tsdb/chunk/samples.h"
#include "tsdb/chunk/xor_value.h"

namespace strata::tsdb {

// What the two bits in a histogram chunk's header say about its first sample.
enum class ResetHeader : std::uint8_t { kUnknown = 0, kNotReset = 1, kReset = 2, kGauge = 3 };

inline constexpr std::size_t kHistogramHeaderSize = 3;

// Of histogram encodings.
inline bool is_integer(Encoding encoding) {
  return encoding == Encoding::kHistogram || encoding == Encoding::kHistogramSt;
}

inline bool has_start_timestamps(Encoding encoding) {
  return encoding == Encoding::kHistogramSt || encoding == Encoding::kFloatHistogramSt;
}

// In which form integer histograms are delivered. As floats, their bucket counts are those that the
// reference makes of integers before it calculates with them.
enum class HistogramCounts : std::uint8_t { kAsStored, kAsFloats };

// Decodes integer and float histogram chunks, with and without start timestamps. Counts of buckets
// become absolute, schemas above 8 are reduced. Owns scratch buffers: one per thread.
class HistogramDecoder {
 public:
  // Returns the bits of `data` that were read.
  std::size_t decode(Encoding encoding, Bytes data, SampleColumns& out,
                     HistogramCounts counts = HistogramCounts::kAsStored);

 private:
  struct Counters;

  void read_integers(BitReader& in, Counters& state, bool first, SampleColumns& out);
  void read_integer_buckets(BitReader& in, bool first, SampleColumns& out);
  void read_changes(BitReader& in);
  void read_floats(BitReader& in, bool first, SampleColumns& out);

  // Integers: the stored difference to the bucket on the left, and its change from sample to
  // sample.
  PlainVector<std::uint64_t> differences_;
  PlainVector<std::uint64_t> changes_;
  // Floats: count, zero count, sum, buckets.
  std::vector<XorValueReader> fields_;
};

}  // namespace strata::tsdb
