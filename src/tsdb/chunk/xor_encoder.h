#pragma once

#include "tsdb/chunk/chunk.h"
#include "tsdb/chunk/samples.h"

namespace strata::tsdb {

// Times with the value bits, or whatever stands for the values: borrowed arrays of equal length.
struct SampleSpan {
  const Timestamp* times = nullptr;
  const std::uint64_t* values = nullptr;
  std::size_t size = 0;

  SampleSpan part(std::size_t from, std::size_t length) const {
    return {times + from, values + from, length};
  }
};

// One XOR float chunk with 1 to 65535 samples, its data in `arena`.
ChunkView encode_xor(SampleSpan samples, ChunkArena& arena);

}  // namespace strata::tsdb
