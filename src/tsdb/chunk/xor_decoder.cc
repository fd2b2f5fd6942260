#include "tsdb/chunk/xor_decoder.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/big_endian.h"
#include "base/varint.h"
#include "tsdb/chunk/corrupt_chunk.h"

namespace strata::tsdb {

namespace {

constexpr std::size_t kHeaderSize = 2;

// One sample takes at most 19 bytes, and loads reach 9 bytes further.
constexpr std::size_t kPadding = 32;

[[noreturn]] void fail(const char* reason) {
  throw_corrupt_chunk(Encoding::kXor, reason);
}

// At least 57 bits from `position` on at the top of the result, zeros below.
inline std::uint64_t peek(const std::uint8_t* data, std::size_t position) {
  return load_be<std::uint64_t>(data + position / 8) << (position % 8);
}

inline std::uint64_t read_wide(const std::uint8_t* data, std::size_t position, unsigned count) {
  std::uint64_t bits = peek(data, position);
  if (count > 57) [[unlikely]] {
    bits |= data[position / 8 + 8] >> (8 - position % 8);
  }
  return bits >> (64 - count);
}

// The state between samples. Times are unsigned: they wrap.
struct Cursor {
  std::size_t position = 0;
  std::uint64_t time = 0;
  std::uint64_t delta = 0;
  std::uint64_t value = 0;
  unsigned lead = 0;
  unsigned trail = 0;
};

// Reads a value field that starts with a one: `bits` are those from `used` bits behind the
// position.
inline void read_changed_value(const std::uint8_t* data, Cursor& at, std::uint64_t bits,
                               unsigned used) {
  if ((bits << 1) >> 63) {
    const auto lead = static_cast<unsigned>(bits >> 57) & 31;
    const auto raw = static_cast<unsigned>(bits >> 51) & 63;
    const unsigned significant = raw == 0 ? 64 : raw;
    if (lead + significant > 64) [[unlikely]] {
      fail("value window is wider than 64 bits");
    }
    at.lead = lead;
    at.trail = 64 - lead - significant;
    at.position += used + 13;
  } else {
    at.position += used + 2;
  }
  const unsigned significant = 64 - at.lead - at.trail;
  at.value ^= read_wide(data, at.position, significant) << at.trail;
  at.position += significant;
}

inline void read_value(const std::uint8_t* data, Cursor& at, std::uint64_t bits, unsigned used) {
  if (bits >> 63) {
    read_changed_value(data, at, bits, used);
  } else {
    at.position += used + 1;
  }
}

// Bits of the second difference's code including its payload, by the number of leading ones (0 to
// 3).
constexpr std::uint8_t kCodeBits[] = {1, 16, 20, 24};
constexpr std::uint8_t kPayloadBits[] = {0, 14, 17, 20};

inline unsigned read_second_difference(const std::uint8_t* data, Cursor& at, std::uint64_t bits) {
  const auto ones = static_cast<unsigned>(std::countl_one(bits));
  if (ones >= 4) [[unlikely]] {
    at.delta += read_wide(data, at.position + 4, 64);
    at.position += 68;
    return 0;
  }
  const unsigned width = kPayloadBits[ones];
  std::uint64_t payload = (bits << (ones + 1)) >> (64 - width);
  if (payload > (std::uint64_t{1} << (width - 1))) {
    payload -= std::uint64_t{1} << width;
  }
  at.delta += payload;
  return kCodeBits[ones];
}

struct Samples {
  Timestamp* times;
  std::uint64_t* values;
  std::size_t count;
};

// Samples 2 and up. Returns the position behind the last.
std::size_t decode_rest(const std::uint8_t* data, std::size_t end, Cursor at, Samples out) {
  Timestamp* const times = out.times;
  std::uint64_t* const values = out.values;
  const std::size_t count = out.count;
  std::size_t i = 2;
  while (i < count) {
    const std::uint64_t bits = peek(data, at.position);
    if (bits >> 62 == 0) {
      // Same interval, same value: two zero bits a sample. 56 bits of the load are sure to be
      // valid.
      const auto zeros = static_cast<std::size_t>(std::countl_zero(bits | 0xff)) / 2;
      const std::size_t run = std::min(zeros, count - i);
      for (std::size_t k = 0; k < run; ++k) {
        at.time += at.delta;
        times[i + k] = static_cast<Timestamp>(at.time);
        values[i + k] = at.value;
      }
      i += run;
      at.position += 2 * run;
    } else {
      if (bits >> 63 == 0) {
        read_changed_value(data, at, bits << 1, 1);
      } else {
        const unsigned used = read_second_difference(data, at, bits);
        read_value(data, at, used == 0 ? peek(data, at.position) : bits << used, used);
      }
      at.time += at.delta;
      times[i] = static_cast<Timestamp>(at.time);
      values[i] = at.value;
      ++i;
    }
    if (at.position > end) [[unlikely]] {
      fail("stream ends early");
    }
  }
  return at.position;
}

const std::uint8_t* check(const std::uint8_t* at, const char* reason) {
  if (at == nullptr) {
    fail(reason);
  }
  return at;
}

// Sample 0 and the difference of time to sample 1 are whole bytes.
Cursor read_start(Bytes data, std::size_t count) {
  const std::uint8_t* const end = data.data() + data.size();
  std::int64_t time = 0;
  const std::uint8_t* at =
      check(get_varint(data.data() + kHeaderSize, end, time), "bad time of the first sample");
  if (end - at < 8) {
    fail("stream ends early");
  }
  Cursor start{.time = static_cast<std::uint64_t>(time), .value = load_be<std::uint64_t>(at)};
  at += 8;
  if (count > 1) {
    at = check(get_uvarint(at, end, start.delta), "bad time of the second sample");
    if (at == end) {
      fail("stream ends early");
    }
  }
  start.position = static_cast<std::size_t>(at - data.data()) * 8;
  return start;
}

}  // namespace

std::size_t XorDecoder::decode(Bytes data, SampleColumns& out) {
  out.clear(SampleType::kFloat);
  return append(data, out.times, out.values);
}

std::size_t XorDecoder::append(Bytes data, SampleList& out) {
  return append(data, out.times, out.values);
}

std::size_t XorDecoder::append(Bytes data, PlainVector<Timestamp>& times,
                               PlainVector<std::uint64_t>& values) {
  const std::size_t count = sample_count(Encoding::kXor, data);
  if (count == 0) {
    return kHeaderSize * 8;
  }
  const std::size_t end = data.size() * 8;
  if (count * 2 > end) {
    fail("header claims more samples than the data can hold");
  }
  Cursor at = read_start(data, count);
  const std::size_t before = times.size();
  times.resize(before + count);
  values.resize(before + count);
  const Samples out{times.data() + before, values.data() + before, count};
  out.times[0] = static_cast<Timestamp>(at.time);
  out.values[0] = at.value;
  if (count == 1) {
    return at.position;
  }
  if (padded_.size() < data.size() + kPadding) {
    padded_.resize(data.size() + kPadding);
  }
  std::memcpy(padded_.data(), data.data(), data.size());
  std::memset(padded_.data() + data.size(), 0, kPadding);
  read_value(padded_.data(), at, peek(padded_.data(), at.position), 0);
  at.time += at.delta;
  out.times[1] = static_cast<Timestamp>(at.time);
  out.values[1] = at.value;
  if (at.position > end) {
    fail("stream ends early");
  }
  return decode_rest(padded_.data(), end, at, out);
}

}  // namespace strata::tsdb
