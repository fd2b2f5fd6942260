#include "tsdb/chunk/histogram_layout.h"

#include <fmt/core.h>

#include <bit>
#include <cmath>
#include <limits>

#include "tsdb/chunk/histogram_decoder.h"
#include "tsdb/chunk/varbit.h"

namespace strata::tsdb {

namespace {

constexpr std::int32_t kMinSchema = -9;
constexpr std::int32_t kMaxReservedSchema = 52;

// Powers of two from 2^-243 to 2^10 have a one-byte form.
constexpr std::uint8_t kZero = 0;
constexpr std::uint8_t kRawThreshold = 0xff;
constexpr int kMinExponent = -243;
constexpr int kMaxExponent = 10;
constexpr int kExponentShift = 244;

constexpr double kMaxShortBound = 33554430;

std::uint64_t read_zero_threshold(BitReader& in) {
  const auto form = static_cast<std::uint8_t>(in.read(8));
  if (form == kZero) {
    return 0;
  }
  if (form == kRawThreshold) {
    return in.read(64);
  }
  return std::bit_cast<std::uint64_t>(std::ldexp(1.0, form - kExponentShift));
}

void put_zero_threshold(BitWriter& out, std::uint64_t bits) {
  if (bits << 1 == 0) {
    out.put_short(kZero, 8);
    return;
  }
  const int exponent = static_cast<int>(bits >> 52) - 1023;  // of a positive power of two
  if (bits << 12 == 0 && exponent >= kMinExponent && exponent <= kMaxExponent) {
    out.put_short(static_cast<std::uint64_t>(exponent + kExponentShift), 8);
    return;
  }
  out.put_short(kRawThreshold, 8);
  out.put(bits, 64);
}

void read_spans(BitReader& in, unsigned bits_per_bucket, std::vector<Span>& spans,
                std::size_t& buckets) {
  const std::uint64_t count = read_varbit_unsigned(in);
  if (count > in.bits_left() / 2) {
    in.fail("more spans than the data can hold");
  }
  spans.clear();
  buckets = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t length = read_varbit_unsigned(in);
    const std::int64_t offset = read_varbit(in);
    const std::uint64_t limit = in.bits_left() / bits_per_bucket;
    if (length > limit || buckets + length > limit) {
      in.fail("more buckets than the data can hold");
    }
    if (offset < std::numeric_limits<std::int32_t>::min() ||
        offset > std::numeric_limits<std::int32_t>::max()) {
      in.fail("span offset does not fit 32 bits");
    }
    if (i > 0 && offset < 0) {
      in.fail("negative offset of a span behind the first");
    }
    buckets += length;
    spans.push_back({static_cast<std::int32_t>(offset), static_cast<std::uint32_t>(length)});
  }
}

void read_bounds(BitReader& in, std::vector<std::uint64_t>& bounds) {
  constexpr unsigned kMinBoundBits = 5;
  const std::uint64_t count = read_varbit_unsigned(in);
  if (count > in.bits_left() / kMinBoundBits) {
    in.fail("more bounds than the data can hold");
  }
  bounds.clear();
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t thousandths = read_varbit_unsigned(in);
    bounds.push_back(thousandths == 0 ? in.read(64)
                                      : std::bit_cast<std::uint64_t>(
                                            static_cast<double>(thousandths - 1) / 1000));
  }
}

void put_bound(BitWriter& out, std::uint64_t bits) {
  const double bound = std::bit_cast<double>(bits);
  const double thousandths = bound * 1000;
  if (thousandths >= 0 && thousandths <= kMaxShortBound) {
    const double rounded = std::round(thousandths);
    if (rounded / 1000 == bound) {
      put_varbit_unsigned(out, static_cast<std::uint64_t>(rounded) + 1);
      return;
    }
  }
  out.put_short(0, 1);
  out.put(bits, 64);
}

}  // namespace

void read_layout(BitReader& in, unsigned bits_per_bucket, HistogramLayout& layout) {
  layout.clear();
  layout.zero_threshold = read_zero_threshold(in);
  const std::int64_t schema = read_varbit(in);
  if (schema != kCustomBucketsSchema && (schema < kMinSchema || schema > kMaxReservedSchema)) {
    in.fail(fmt::format("unknown histogram schema {}", schema));
  }
  layout.schema = static_cast<std::int32_t>(schema);
  for (const unsigned sign : {kPositive, kNegative}) {
    read_spans(in, bits_per_bucket, layout.spans[sign], layout.buckets[sign]);
  }
  if (layout.schema == kCustomBucketsSchema) {
    read_bounds(in, layout.bounds);
  }
  if (layout.bucket_total() > in.bits_left() / bits_per_bucket) {
    in.fail("more buckets than the data can hold");
  }
}

bool has_custom_buckets(Encoding encoding, Bytes data) {
  if (sample_count(encoding, data) == 0) {
    return false;
  }
  BitReader in(encoding, data.subspan(kHistogramHeaderSize));
  read_zero_threshold(in);
  return read_varbit(in) == kCustomBucketsSchema;
}

void put_layout(BitWriter& out, const HistogramLayout& layout) {
  put_zero_threshold(out, layout.zero_threshold);
  put_varbit(out, layout.schema);
  for (const unsigned sign : {kPositive, kNegative}) {
    put_varbit_unsigned(out, layout.spans[sign].size());
    for (const Span& span : layout.spans[sign]) {
      put_varbit_unsigned(out, span.length);
      put_varbit(out, span.offset);
    }
  }
  if (layout.schema == kCustomBucketsSchema) {
    put_varbit_unsigned(out, layout.bounds.size());
    for (const std::uint64_t bound : layout.bounds) {
      put_bound(out, bound);
    }
  }
}

std::size_t layout_room(const HistogramLayout& layout) {
  const std::size_t fields = 6 + 2 * layout.spans[kPositive].size() +
                             2 * layout.spans[kNegative].size() + layout.bounds.size();
  return fields * kMaxFieldBits / 8 + 1;
}

std::size_t count_buckets(const std::vector<Span>& spans) {
  std::size_t total = 0;
  for (const Span& span : spans) {
    total += span.length;
  }
  return total;
}

void append_bucket_indexes(const std::vector<Span>& spans, std::vector<std::int64_t>& out) {
  std::int64_t index = 0;
  for (const Span& span : spans) {
    index += span.offset;
    for (std::uint32_t i = 0; i < span.length; ++i) {
      out.push_back(index++);
    }
  }
}

std::vector<Span> spans_of(const std::vector<std::int64_t>& indexes) {
  std::vector<Span> spans;
  std::int64_t next = 0;
  for (const std::int64_t index : indexes) {
    if (spans.empty() || index != next) {
      spans.push_back({static_cast<std::int32_t>(index - next), 0});
    }
    ++spans.back().length;
    next = index + 1;
  }
  return spans;
}

}  // namespace strata::tsdb
