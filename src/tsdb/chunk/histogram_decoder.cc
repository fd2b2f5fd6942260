#include "tsdb/chunk/histogram_decoder.h"

#include <algorithm>
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

// The sums of the stored differences, from `positive` on anew.
template <bool kAsFloats>
void put_absolute(std::span<const std::uint64_t> differences, std::size_t positive,
                  std::uint64_t* out) {
  std::uint64_t absolute = 0;
  for (std::size_t i = 0; i < differences.size(); ++i) {
    absolute = i == positive ? differences[i] : absolute + differences[i];
    out[i] = kAsFloats ? float_bits(static_cast<std::int64_t>(absolute)) : absolute;
  }
}

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
    for (std::size_t i = 0; i < total; ++i) {
      differences_[i] += changes_[i];
    }
  }
  const std::size_t at = out.buckets.size();
  out.buckets.resize(at + total);
  const auto put =
      out.type == SampleType::kFloatHistogram ? put_absolute<true> : put_absolute<false>;
  put(differences_, out.layout.buckets[kPositive], out.buckets.data() + at);
}

// A bucket that grew as it did before is one zero bit.
void HistogramDecoder::read_changes(BitReader& in) {
  BitReader local = in;  // a copy that can live in registers
  const std::size_t total = changes_.size();
  std::uint64_t* const changes = changes_.data();
  std::size_t i = 0;
  while (i < total) {
    const std::uint64_t bits = local.peek();
    if (bits >> 63 == 0) {
      const auto zeros =
          std::min(static_cast<unsigned>(std::countl_zero(bits)), BitReader::kPeekBits);
      const std::size_t run = std::min<std::size_t>(zeros, total - i);
      local.skip(run);
      i += run;
    } else {
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
