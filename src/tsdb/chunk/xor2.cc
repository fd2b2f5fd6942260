#include "tsdb/chunk/xor2.h"

#include <bit>

#include "tsdb/chunk/bit_reader.h"
#include "tsdb/chunk/finish_chunk.h"

namespace strata::tsdb {

namespace {

constexpr std::size_t kHeaderSize = 3;
constexpr std::size_t kMaxSampleSize = 40;

std::uint64_t sign_extended(std::uint64_t bits, unsigned width) {
  const unsigned shift = 64 - width;
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(bits << shift) >> shift);
}

// Values are coded against the last one that was not stale.
class Xor2Reader {
 public:
  explicit Xor2Reader(Bytes data)
      : in_(Encoding::kXor2, data.subspan(kHeaderSize)), starts_(data[2]) {}

  void read_into(SampleColumns& out, std::uint32_t index) {
    const std::uint64_t previous_time = time_;
    if (index == 0) {
      time_ = static_cast<std::uint64_t>(in_.read_varint());
      set_value(in_.read(64));
    } else if (index == 1) {
      delta_ = in_.read_uvarint();
      read_value();
    } else {
      read_joint();
    }
    time_ += delta_;
    const Timestamp start = starts_.read(in_, index, static_cast<Timestamp>(time_),
                                         static_cast<Timestamp>(previous_time));
    out.times.push_back(static_cast<Timestamp>(time_));
    out.values.push_back(current_);
    out.starts.push_back(start);
    out.has_starts |= start != 0;
  }

  std::size_t position() const { return in_.position(); }

 private:
  void set_value(std::uint64_t value) {
    current_ = value;
    if (value != kStaleMarker) {
      baseline_.value = value;
    }
  }

  void read_value() {
    switch (in_.read_ones(3)) {
      case 0:
        break;
      case 1:
        baseline_.read_bits(in_);
        break;
      case 2:
        baseline_.read_window(in_);
        baseline_.read_bits(in_);
        break;
      default:
        current_ = kStaleMarker;
        return;
    }
    current_ = baseline_.value;
  }

  void read_joint() {
    switch (in_.read_ones(5)) {
      case 0:
        current_ = baseline_.value;
        return;
      case 1:
        if (in_.read_bit()) {
          baseline_.read_window(in_);
        }
        baseline_.read_bits(in_);
        current_ = baseline_.value;
        return;
      case 2:
        delta_ += sign_extended(in_.read(13), 13);
        break;
      case 3:
        delta_ += sign_extended(in_.read(20), 20);
        break;
      case 4:
        delta_ += in_.read(64);
        break;
      default:
        current_ = kStaleMarker;
        return;
    }
    read_value();
  }

  BitReader in_;
  StartTimestampReader starts_;
  XorValueReader baseline_;
  std::uint64_t current_ = 0;
  std::uint64_t time_ = 0;
  std::uint64_t delta_ = 0;
};

}  // namespace

std::size_t decode_xor2(Bytes data, SampleColumns& out) {
  out.clear(SampleType::kFloat);
  const std::uint32_t count = sample_count(Encoding::kXor2, data);
  Xor2Reader reader(data);
  for (std::uint32_t i = 0; i < count; ++i) {
    reader.read_into(out, i);
  }
  return reader.position() + kHeaderSize * 8;
}

void Xor2Encoder::restart() {
  out_.restart(kHeaderSize);
  value_ = {};
  starts_ = {};
  count_ = 0;
  time_ = 0;
  delta_ = 0;
}

void Xor2Encoder::append(Timestamp time, std::uint64_t value, Timestamp start) {
  BitWriter& out = out_.make_room(kMaxSampleSize);
  const Timestamp previous_time = time_;
  if (count_ == 0) {
    put_first(out, time, value);
  } else {
    put_next(out, time, value);
  }
  starts_.put(out, count_, time, previous_time, start);
  time_ = time;
  ++count_;
}

void Xor2Encoder::put_first(BitWriter& out, Timestamp time, std::uint64_t value) {
  first_time_ = time;
  out.put_varint(time);
  out.put(value, 64);
  if (value != kStaleMarker) {
    value_.value = value;
  }
}

void Xor2Encoder::put_next(BitWriter& out, Timestamp time, std::uint64_t value) {
  const std::uint64_t delta = static_cast<std::uint64_t>(time) - static_cast<std::uint64_t>(time_);
  const auto second = static_cast<std::int64_t>(delta - delta_);
  delta_ = delta;
  if (count_ == 1) {
    out.put_uvarint(delta);
    put_value(out, value);
    return;
  }
  if (second != 0) {
    if (second >= -4096 && second <= 4095) {
      out.put_short(0b110, 3);
      out.put(static_cast<std::uint64_t>(second), 13);
    } else if (second >= -524288 && second <= 524287) {
      out.put_short(0b1110, 4);
      out.put(static_cast<std::uint64_t>(second), 20);
    } else {
      out.put_short(0b11110, 5);
      out.put(static_cast<std::uint64_t>(second), 64);
    }
    put_value(out, value);
    return;
  }
  if (value == kStaleMarker) {
    out.put_short(0b11111, 5);
    return;
  }
  const std::uint64_t difference = value ^ value_.value;
  value_.value = value;
  if (difference == 0) {
    out.put_short(0, 1);
    return;
  }
  out.put_short(0b10, 2);
  if (value_.open_window(difference)) {
    out.put_short(1, 1);
    value_.put_window(out);
  } else {
    out.put_short(0, 1);
  }
  value_.put_bits(out, difference);
}

void Xor2Encoder::put_value(BitWriter& out, std::uint64_t value) {
  if (value == kStaleMarker) {
    out.put_short(0b111, 3);
    return;
  }
  const std::uint64_t difference = value ^ value_.value;
  value_.value = value;
  if (difference == 0) {
    out.put_short(0, 1);
    return;
  }
  if (value_.open_window(difference)) {
    out.put_short(0b110, 3);
    value_.put_window(out);
  } else {
    out.put_short(0b10, 2);
  }
  value_.put_bits(out, difference);
}

ChunkView Xor2Encoder::finish(ChunkArena& arena) {
  store_be(out_.header(), static_cast<std::uint16_t>(count_));
  out_.header()[2] = starts_.header();
  ChunkView chunk = copy_chunk(Encoding::kXor2, out_.bytes(), arena);
  chunk.min_time = first_time_;
  chunk.max_time = time_;
  restart();
  return chunk;
}

}  // namespace strata::tsdb
