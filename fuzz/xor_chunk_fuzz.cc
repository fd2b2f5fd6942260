#include <cstddef>
#include <cstdint>

#include "chunk_round_trip.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return strata::tsdb::check_chunk_round_trip(strata::tsdb::Encoding::kXor, {data, size});
}
