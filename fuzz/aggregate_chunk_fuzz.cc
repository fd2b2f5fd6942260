#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "base/error.h"
#include "tsdb/chunk/aggregate.h"
#include "tsdb/chunk/series_merge.h"

// What verifies has a count entry that agrees with the header.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace strata::tsdb;  // NOLINT(google-build-using-namespace)
  const strata::Bytes bytes(data, size);
  try {
    const AggregateView view = parse_aggregate(bytes);
    std::size_t inside = 0;
    for (const AggregateView::Entry& entry : view.entries) {
      inside += entry.data.size();
    }
    if (inside > size) {
      std::abort();
    }
    if (verify_chunk({.encoding = Encoding::kAggregate, .data = bytes}) !=
        sample_count(Encoding::kAggregate, bytes)) {
      std::abort();
    }
  } catch (const strata::Error&) {
    // What damage is for.
  }
  return 0;
}
