#include "tsdb/chunk/histogram_decoder.h"

#include <array>
#include <bit>
#include <span>

#include "tsdb/chunk/histogram_layout.h"
#include "tsdb/chunk/start_timestamp.h"
#include "tsdb/chunk/varbit.h"

namespace strata::tsdb {

struct HistogramDecoder::Counters {
  std::uint64_t count = 0;
  std::uint64_t count_change = 0;
  std::uint64_t zero_count = 0;
  std::uint64_t zero_count_change = 0;
  XorValueReader sum;
};

namespace {

bool is_gauge(Encoding encoding, Bytes data) {
  const unsigned header = has_start_timestamps(encoding) ? data[0] : data[2];
  return static_cast<ResetHeader>(header >> 6) == ResetHeader::kGauge;
}

template <class Integer>
std::uint64_t float_bits(Integer count) {
  return std::bit_cast<std::uint64_t>(static_cast<double>(count));
}

// Takes one side's differences to the next sample and sums them up.
template <bool kAsFloats>
void advance(std::span<const std::uint64_t> changes, std::uint64_t* differences,
             std::uint64_t* out) {
  std::uint64_t absolute = 0;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    differences[i] += changes[i];
    absolute += differences[i];
    out[i] = kAsFloats ? float_bits(static_cast<std::int64_t>(absolute)) : absolute;
  }
}

// What a varbit of no more than this many bits says, by the bits at the front.
constexpr unsigned kShortFieldBits = 9;
struct ShortField {
  std::int16_t value = 0;
  std::uint16_t bits = 0;  // 0: longer than that
};

constexpr auto kShortFields = [] {
  std::array<ShortField, std::size_t{1} << kShortFieldBits> fields;
  for (std::uint64_t front = 0; front < fields.size(); ++front) {
    const auto ones = static_cast<unsigned>(std::countl_one(front << (64 - kShortFieldBits)));
    const unsigned width = ones < kVarbitWidth.size() ? kVarbitWidth[ones] : 64;
    const unsigned bits = ones + 1 + width;
    if (bits > kShortFieldBits) {
      continue;
    }
    const std::uint64_t payload = (front >> (kShortFieldBits - bits)) & ((1u << width) - 1);
    fields[front] = {static_cast<std::int16_t>(width == 0 ? 0 : shifted_signed(payload, width)),
                     static_cast<std::uint16_t>(bits)};
  }
  return fields;
}();

std::uint64_t read_change(BitReader& in) {
  return static_cast<std::uint64_t>(read_varbit(in));
}

}  // namespace

std::size_t HistogramDecoder::decode(Encoding encoding, Bytes data, SampleColumns& out,
                                     HistogramCounts counts) {
  const bool integer = is_integer(encoding);
  out.clear(integer && counts == HistogramCounts::kAsStored ? SampleType::kHistogram
                                                            : SampleType::kFloatHistogram);
  const std::uint32_t count = sample_count(encoding, data);
  BitReader in(encoding, data.subspan(kHistogramHeaderSize));
  const bool with_starts = has_start_timestamps(encoding);
  const ResetHint hint = is_gauge(encoding, data) ? ResetHint::kGauge : ResetHint::kUnknown;
  StartTimestampReader starts(data[2]);
  Counters counters;
  std::uint64_t time = 0;
  std::uint64_t delta = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint64_t previous_time = time;
    if (i == 0) {
      read_layout(in, integer ? 1 : 64, out.layout);
      time = read_change(in);
    } else {
      delta += read_change(in);
      time += delta;
    }
    out.histograms.push_back({.first_bucket = out.buckets.size(), .hint = hint});
    if (integer) {
      read_integers(in, counters, i == 0, out);
    } else {
      read_floats(in, i == 0, out);
    }
    if (out.histograms.back().is_stale()) {
      out.histograms.back() = {.sum = kStaleMarker, .first_bucket = out.buckets.size()};
    }
    out.times.push_back(static_cast<Timestamp>(time));
    if (with_starts) {
      out.starts.push_back(
          starts.read(in, i, static_cast<Timestamp>(time), static_cast<Timestamp>(previous_time)));
      out.has_starts |= out.starts.back() != 0;
    }
  }
  reduce_schema(out);
  return in.position() + kHistogramHeaderSize * 8;
}

void HistogramDecoder::read_integers(BitReader& in, Counters& state, bool first,
                                     SampleColumns& out) {
  if (first) {
    state.count = read_varbit_unsigned(in);
    state.zero_count = read_varbit_unsigned(in);
    state.sum.value = in.read(64);
  } else {
    state.count_change += read_change(in);
    state.count += state.count_change;
    state.zero_count_change += read_change(in);
    state.zero_count += state.zero_count_change;
    state.sum.read(in);
  }
  HistogramSample& sample = out.histograms.back();
  const bool as_floats = out.type == SampleType::kFloatHistogram;
  sample.count = as_floats ? float_bits(state.count) : state.count;
  sample.zero_count = as_floats ? float_bits(state.zero_count) : state.zero_count;
  sample.sum = state.sum.value;
  if (first || !sample.is_stale()) {
    read_integer_buckets(in, first, out);
  }
}

void HistogramDecoder::read_integer_buckets(BitReader& in, bool first, SampleColumns& out) {
  const std::size_t total = out.layout.bucket_total();
  if (total > in.bits_left()) {
    in.fail("stream ends early");
  }
  if (first) {
    differences_.resize(total);
    changes_.assign(total, 0);
    for (std::uint64_t& difference : differences_) {
      difference = read_change(in);
    }
  } else {
    read_changes(in);
  }
  const std::size_t at = out.buckets.size();
  out.buckets.resize(at + total);
  const auto advance_side =
      out.type == SampleType::kFloatHistogram ? advance<true> : advance<false>;
  const std::span<const std::uint64_t> changes(changes_);
  const std::size_t positive = out.layout.buckets[kPositive];
  std::uint64_t* const to = out.buckets.data() + at;
  advance_side(changes.first(positive), differences_.data(), to);
  advance_side(changes.subspan(positive), differences_.data() + positive, to + positive);
}

// Several buckets come with one load of the stream.
void HistogramDecoder::read_changes(BitReader& in) {
  BitReader local = in;  // a copy that can live in registers
  std::uint64_t* const changes = changes_.data();
  const std::size_t total = changes_.size();
  std::size_t i = 0;
  while (i < total) {
    std::uint64_t bits = local.peek();
    unsigned left = BitReader::kPeekBits;
    while (i < total && left >= kShortFieldBits) {
      const ShortField field = kShortFields[bits >> (64 - kShortFieldBits)];
      if (field.bits == 0) [[unlikely]] {
        break;
      }
      changes[i++] += static_cast<std::uint64_t>(std::int64_t{field.value});
      bits <<= field.bits;
      left -= field.bits;
    }
    local.skip(BitReader::kPeekBits - left);
    if (i < total && left >= kShortFieldBits) {
      changes[i++] += read_change(local);
    }
  }
  in = local;
}

void HistogramDecoder::read_floats(BitReader& in, bool first, SampleColumns& out) {
  constexpr std::size_t kFixedFields = 3;
  const std::size_t total = out.layout.bucket_total();
  HistogramSample& sample = out.histograms.back();
  if (first) {
    fields_.assign(kFixedFields + total, {});
    for (XorValueReader& field : fields_) {
      field.value = in.read(64);
    }
  } else {
    for (std::size_t i = 0; i < kFixedFields; ++i) {
      fields_[i].read(in);
    }
  }
  sample.count = fields_[0].value;
  sample.zero_count = fields_[1].value;
  sample.sum = fields_[2].value;
  if (sample.is_stale()) {
    return;
  }
  if (!first) {
    if (total > in.bits_left()) {
      in.fail("stream ends early");
    }
    for (std::size_t i = 0; i < total; ++i) {
      fields_[kFixedFields + i].read(in);
    }
  }
  const std::size_t at = out.buckets.size();
  out.buckets.resize(at + total);
  for (std::size_t i = 0; i < total; ++i) {
    out.buckets[at + i] = fields_[kFixedFields + i].value;
  }
}

}  // namespace strata::tsdb
