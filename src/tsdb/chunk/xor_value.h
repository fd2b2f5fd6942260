#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "tsdb/chunk/bit_reader.h"
#include "tsdb/chunk/bit_writer.h"

namespace strata::tsdb {

// Gorilla's value field: the bits in which a value differs from the one before it. Values are
// carried as bit patterns: a floating-point register would quieten the stale marker.
struct XorValueReader {
  std::uint64_t value = 0;
  unsigned lead = 0;
  unsigned trail = 0;

  void read(BitReader& in) {
    const std::uint64_t bits = in.peek();
    if (bits >> 63 == 0) {
      in.skip(1);
      return;
    }
    in.skip(2);
    if (bits >> 62 == 0b11) {
      read_window(in);
    }
    read_bits(in);
  }

  void read_window(BitReader& in) {
    lead = static_cast<unsigned>(in.read(5));
    const auto raw = static_cast<unsigned>(in.read(6));
    const unsigned significant = raw == 0 ? 64 : raw;
    if (lead + significant > 64) {
      in.fail("value window is wider than 64 bits");
    }
    trail = 64 - lead - significant;
  }

  void read_bits(BitReader& in) { value ^= in.read(64 - lead - trail) << trail; }
};

// An encoder starts without a window, unlike a decoder, whose window is the whole 64 bits.
struct XorValueWriter {
  static constexpr unsigned kNoWindow = 0xff;

  std::uint64_t value = 0;
  unsigned lead = kNoWindow;
  unsigned trail = 0;

  // Makes the window hold `difference`; false: it did already.
  bool open_window(std::uint64_t difference) {
    const auto l = std::min(static_cast<unsigned>(std::countl_zero(difference)), 31u);
    const auto r = static_cast<unsigned>(std::countr_zero(difference));
    if (l >= lead && r >= trail) {
      return false;
    }
    lead = l;
    trail = r;
    return true;
  }

  void put_window(BitWriter& out) const {
    out.put_short(std::uint64_t{lead} << 6 | ((64 - lead - trail) & 63), 11);
  }
  void put_bits(BitWriter& out, std::uint64_t difference) const {
    out.put(difference >> trail, 64 - lead - trail);
  }

  void put(BitWriter& out, std::uint64_t next) {
    const std::uint64_t difference = next ^ value;
    value = next;
    if (difference == 0) {
      out.put_short(0, 1);
      return;
    }
    if (open_window(difference)) {
      out.put_short(0b11, 2);
      put_window(out);
    } else {
      out.put_short(0b10, 2);
    }
    put_bits(out, difference);
  }
};

}  // namespace strata::tsdb
