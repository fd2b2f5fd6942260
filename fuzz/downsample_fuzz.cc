#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "base/error.h"
#include "downsample/series_downsampler.h"

// A series of one chunk, whose encoding is the first byte.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace strata;              // NOLINT(google-build-using-namespace)
  using namespace strata::downsample;  // NOLINT(google-build-using-namespace)
  if (size == 0) {
    return 0;
  }
  const tsdb::ChunkView chunk{.encoding = static_cast<tsdb::Encoding>(data[0]),
                              .max_time = 1'000'000'000,
                              .data = Bytes(data, size).subspan(1)};
  for (const Resolution target : {k5m, k1h}) {
    tsdb::ChunkArena arena;
    std::vector<tsdb::ChunkView> out;
    Books books;
    try {
      SeriesDownsampler(target).downsample({&chunk, 1}, arena, out, books);
    } catch (const Error&) {
      continue;
    }
    if (books.read != books.aggregated + books.stale + books.out_of_order + books.nan) {
      std::abort();
    }
  }
  return 0;
}
