#pragma once

#include "tsdb/chunk/chunk.h"
#include "tsdb/chunk/samples.h"

namespace strata::tsdb {

// As many as the header of a chunk can count.
inline constexpr std::size_t kMaxXorSamples = 65535;

// One XOR float chunk with 1 to 65535 samples, its data in `arena`.
ChunkView encode_xor(SampleSpan samples, ChunkArena& arena);

// The data of such a chunk alone. `at` has room for max_xor_size() bytes; returns the end.
std::uint8_t* put_xor(SampleSpan samples, std::uint8_t* at);
std::size_t max_xor_size(std::size_t samples);

}  // namespace strata::tsdb
