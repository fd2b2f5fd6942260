#pragma once

#include "tsdb/chunk/bit_writer.h"
#include "tsdb/chunk/samples.h"
#include "tsdb/chunk/start_timestamp.h"
#include "tsdb/chunk/xor_value.h"

namespace strata::tsdb {

// Float chunks of Prometheus 3.14: joint codes for time and value, and start timestamps.
// Returns the bits of `data` that were read.
std::size_t decode_xor2(Bytes data, SampleColumns& out);

// At most 65535 samples a chunk.
class Xor2Encoder {
 public:
  Xor2Encoder() { restart(); }

  void append(Timestamp time, std::uint64_t value, Timestamp start);
  std::uint32_t size() const { return count_; }
  // Wants at least one sample. Ready for the next chunk afterwards.
  ChunkView finish(ChunkArena& arena);

 private:
  void restart();
  void put_first(BitWriter& out, Timestamp time, std::uint64_t value);
  void put_next(BitWriter& out, Timestamp time, std::uint64_t value);
  void put_value(BitWriter& out, std::uint64_t value);

  GrowingBitWriter out_;
  XorValueWriter value_;
  StartTimestampWriter starts_;
  std::uint32_t count_ = 0;
  Timestamp first_time_ = 0;
  Timestamp time_ = 0;
  std::uint64_t delta_ = 0;
};

}  // namespace strata::tsdb
