#pragma once

#include <array>
#include <cstdint>

#include "tsdb/chunk/chunk.h"

namespace strata::tsdb {

enum class Aggregate : std::uint8_t { kCount, kSum, kMin, kMax, kCounter };

inline constexpr std::size_t kAggregates = 5;

// The five chunks within a chunk of a downsampled block. Borrows the data it was parsed from.
struct AggregateView {
  struct Entry {
    Encoding encoding = Encoding::kNone;  // kNone: absent
    Bytes data;
    bool is_present() const { return encoding != Encoding::kNone; }
  };

  std::array<Entry, kAggregates> entries;

  const Entry& operator[](Aggregate kind) const { return entries[static_cast<std::size_t>(kind)]; }
};

// Throws corrupt for entries that leave the data, unknown encodings and bytes behind the last
// entry.
AggregateView parse_aggregate(Bytes data);

// That of the count entry, 0 without one.
std::uint32_t aggregate_sample_count(Bytes data);

}  // namespace strata::tsdb
