#pragma once

#include <atomic>
#include <cstdint>

namespace strata::tsdb {

// Counters that others may look at while a block is made.
struct MergeProgress {
  std::atomic<std::uint64_t> series_written = 0;
  std::atomic<std::uint64_t> samples_written = 0;
  std::atomic<std::uint64_t> bytes_read = 0;
};

}  // namespace strata::tsdb
