#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tsdb/byte_source.h"
#include "tsdb/chunk/series_merge.h"

namespace strata::tsdb {

// Deleted intervals of a block, per series: closed, ascending and disjoint. Intervals that overlap
// or touch (1 ms apart) are joined.
//
//   BE32 magic 0130BA30 | format 1 | (uvarint series id, varint mint, varint maxt)... | CRC-32C of
//   the entries
class Tombstones {
 public:
  Tombstones() = default;
  // Throws corrupt for a bad magic number, format, checksum, entry or an interval that ends before
  // it begins.
  static Tombstones read(const ByteSource& file);

  bool empty() const { return spans_.empty(); }
  std::uint64_t interval_count() const { return intervals_.size(); }
  // Borrowed from this.
  std::span<const Interval> of(std::uint64_t series_id) const;
  // Ids that have intervals, ascending.
  std::vector<std::uint64_t> series() const;

 private:
  struct Span {
    std::uint64_t id;
    std::size_t begin;
    std::size_t end;
  };
  std::vector<Interval> intervals_;
  std::vector<Span> spans_;
};

// The bytes of a tombstones file without entries. Borrowed from a constant.
Bytes empty_tombstones();

// Adds one interval to an ascending, disjoint list, joining what overlaps or touches.
void add_interval(std::vector<Interval>& intervals, Interval added);

}  // namespace strata::tsdb
