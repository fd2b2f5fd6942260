#pragma once

#include "tsdb/chunk/bit_writer.h"
#include "tsdb/chunk/histogram_decoder.h"
#include "tsdb/chunk/samples.h"
#include "tsdb/chunk/start_timestamp.h"
#include "tsdb/chunk/xor_value.h"

namespace strata::tsdb {

// Writes one histogram chunk whose layout is known beforehand. Reusable; one per thread.
class HistogramEncoder {
 public:
  struct Sample {
    Timestamp time = 0;
    Timestamp start = 0;  // 0: none
    std::uint64_t count = 0;
    std::uint64_t zero_count = 0;
    std::uint64_t sum = 0;
    const std::uint64_t* buckets = nullptr;  // absolute, as many as the layout has; unused if stale
  };

  void begin(Encoding encoding, const HistogramLayout& layout);
  void append(Sample sample);
  ChunkView finish(ResetHeader header, ChunkArena& arena);

 private:
  void put_integers(BitWriter& out, const Sample& sample);
  void put_integer_buckets(BitWriter& out, const std::uint64_t* buckets);
  void put_floats(BitWriter& out, const Sample& sample);

  Encoding encoding_ = Encoding::kNone;
  std::size_t buckets_[2] = {0, 0};
  GrowingBitWriter out_;
  StartTimestampWriter starts_;
  std::uint32_t size_ = 0;
  Timestamp first_time_ = 0;
  std::uint64_t time_ = 0;
  std::uint64_t time_change_ = 0;

  std::uint64_t count_ = 0;
  std::uint64_t count_change_ = 0;
  std::uint64_t zero_count_ = 0;
  std::uint64_t zero_count_change_ = 0;
  PlainVector<std::uint64_t> differences_;
  PlainVector<std::uint64_t> changes_;
  // Integers: the sum. Floats: count, zero count, sum, buckets.
  std::vector<XorValueWriter> fields_;
};

}  // namespace strata::tsdb
