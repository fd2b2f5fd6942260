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

// The chunk of these entries, of which absent ones take a byte and bring nothing; its data is in
// `arena`, its times are for the caller to fill in.
//
//   ff   5 x entry, in the order of Aggregate       encoding byte, then data
//        present: uvarint size | encoding 1, 2 or 3 | size bytes: a chunk's data with its header
//        absent:  00
ChunkView write_aggregate(const AggregateView& entries, ChunkArena& arena);

// Throws corrupt for entries that leave the data, unknown encodings and bytes behind the last
// entry.
AggregateView parse_aggregate(Bytes data);

// That of the count entry, 0 without one.
std::uint32_t aggregate_sample_count(Bytes data);

}  // namespace strata::tsdb
