#pragma once

#include <cstdint>

#include "base/time.h"
#include "tsdb/chunk/varbit.h"

namespace strata::tsdb {

// The optional start timestamp of each sample (0: none) in XOR2 and both histogram ST chunks. A
// header byte says whether sample 0 has one and from which sample on fields are explicit (0:
// never); before that, samples repeat the one of sample 0. Explicit fields hold the distance to the
// time of the sample before.
class StartTimestampReader {
 public:
  explicit StartTimestampReader(std::uint8_t header)
      : first_present_((header & 0x80) != 0), explicit_from_(header & 0x7f) {}

  Timestamp read(BitReader& in, std::uint32_t index, Timestamp time, Timestamp previous_time) {
    if (index == 0) {
      start_ = first_present_ ? wrapping_difference(time, in.read_varint()) : 0;
    } else if (explicit_from_ != 0 && index >= explicit_from_) {
      distance_ += static_cast<std::uint64_t>(read_varbit(in));
      start_ = static_cast<Timestamp>(static_cast<std::uint64_t>(previous_time) - distance_);
    }
    return start_;
  }

 private:
  static Timestamp wrapping_difference(Timestamp a, std::int64_t b) {
    return static_cast<Timestamp>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
  }

  bool first_present_;
  std::uint32_t explicit_from_;
  Timestamp start_ = 0;
  std::uint64_t distance_ = 0;
};

class StartTimestampWriter {
 public:
  void put(BitWriter& out, std::uint32_t index, Timestamp time, Timestamp previous_time,
           Timestamp start) {
    const std::uint64_t distance =
        static_cast<std::uint64_t>(previous_time) - static_cast<std::uint64_t>(start);
    if (index == 0) {
      if (start != 0) {
        first_present_ = true;
        out.put_varint(static_cast<std::int64_t>(static_cast<std::uint64_t>(time) -
                                                 static_cast<std::uint64_t>(start)));
      }
    } else if (explicit_from_ != 0) {
      put_varbit(out, static_cast<std::int64_t>(distance - distance_));
      distance_ = distance;
    } else if (start != start_ || index == kLastImplicit) {
      explicit_from_ = index;
      put_varbit(out, static_cast<std::int64_t>(distance));
      distance_ = distance;
    }
    start_ = start;
  }

  std::uint8_t header() const {
    return static_cast<std::uint8_t>((first_present_ ? 0x80u : 0u) | explicit_from_);
  }

 private:
  // The header has seven bits for the index.
  static constexpr std::uint32_t kLastImplicit = 127;

  bool first_present_ = false;
  std::uint32_t explicit_from_ = 0;
  Timestamp start_ = 0;
  std::uint64_t distance_ = 0;
};

}  // namespace strata::tsdb
