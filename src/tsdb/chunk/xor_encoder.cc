#include "tsdb/chunk/xor_encoder.h"

#include <algorithm>
#include <bit>

#include "base/big_endian.h"
#include "base/varint.h"
#include "tsdb/chunk/bit_writer.h"
#include "tsdb/chunk/finish_chunk.h"
#include "tsdb/chunk/xor_value.h"

namespace strata::tsdb {

namespace {

constexpr std::size_t kHeaderSize = 2;
constexpr std::size_t kFirstSampleSize = 18;
// 4 + 64 bits of time, 13 + 64 bits of value.
constexpr std::size_t kMaxSampleSize = 19;

// Bits not yet written: joined with the field behind them, most samples take one store.
struct Field {
  std::uint64_t bits = 0;
  unsigned count = 0;

  void append(std::uint64_t more, unsigned more_count) {
    bits = bits << more_count | more;
    count += more_count;
  }
};

inline Field second_difference_field(BitWriter& out, std::uint64_t difference) {
  if (difference == 0) {
    return {0, 1};
  }
  // Each code holds one value more above zero than below.
  const auto value = static_cast<std::int64_t>(difference);
  const std::uint64_t magnitude = value > 0 ? difference - 1 : 0 - difference;
  if (magnitude < 1u << 13) {
    return {0b10u << 14 | (difference & 0x3fff), 16};
  }
  if (magnitude < 1u << 16) {
    return {0b110u << 17 | (difference & 0x1ffff), 20};
  }
  if (magnitude < 1u << 19) {
    return {0b1110u << 20 | (difference & 0xfffff), 24};
  }
  out.put_short(0b1111, 4);
  out.put(difference, 64);
  return {};
}

inline void put_value(BitWriter& out, Field field, XorValueWriter& state, std::uint64_t value) {
  const std::uint64_t difference = value ^ state.value;
  if (difference == 0) {
    field.append(0, 1);
    out.put_short(field.bits, field.count);
    return;
  }
  state.value = value;
  const bool opened = state.open_window(difference);
  const unsigned significant = 64 - state.lead - state.trail;
  if (opened) {
    field.append(0b11u << 11 | state.lead << 6 | (significant & 63), 13);
  } else {
    field.append(0b10, 2);
  }
  const std::uint64_t bits = difference >> state.trail;
  if (field.count + significant <= 56) {
    field.append(bits, significant);
    out.put_short(field.bits, field.count);
    return;
  }
  out.put_short(field.bits, field.count);
  if (significant > 56) {
    out.put(bits, significant);
  } else {
    out.put_short(bits, significant);
  }
}

std::uint8_t* write_samples(SampleSpan in, std::uint8_t* at) {
  at = put_varint(at, in.times[0]);
  store_be(at, in.values[0]);
  at += 8;
  if (in.size == 1) {
    return at;
  }
  auto time = static_cast<std::uint64_t>(in.times[1]);
  std::uint64_t delta = time - static_cast<std::uint64_t>(in.times[0]);
  BitWriter out(put_uvarint(at, delta));
  XorValueWriter state{.value = in.values[0]};
  put_value(out, {}, state, in.values[1]);
  for (std::size_t i = 2; i < in.size; ++i) {
    const auto next_time = static_cast<std::uint64_t>(in.times[i]);
    const std::uint64_t next_delta = next_time - time;
    put_value(out, second_difference_field(out, next_delta - delta), state, in.values[i]);
    time = next_time;
    delta = next_delta;
  }
  return out.end();
}

}  // namespace

std::size_t max_xor_size(std::size_t samples) {
  return kHeaderSize + kFirstSampleSize + samples * kMaxSampleSize + BitWriter::kSlack;
}

std::uint8_t* put_xor(SampleSpan samples, std::uint8_t* at) {
  store_be(at, static_cast<std::uint16_t>(samples.size));
  return write_samples(samples, at + kHeaderSize);
}

ChunkView encode_xor(SampleSpan samples, ChunkArena& arena) {
  const std::size_t room = 1 + max_xor_size(samples.size);
  std::uint8_t* const at = arena.reserve(room);
  at[0] = static_cast<std::uint8_t>(Encoding::kXor);
  const std::uint8_t* const end = put_xor(samples, at + 1);
  arena.give_back(room - static_cast<std::size_t>(end - at));
  return finish_chunk({at, end}, samples.times[0], samples.times[samples.size - 1]);
}

}  // namespace strata::tsdb
