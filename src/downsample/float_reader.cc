#include "downsample/float_reader.h"

#include "tsdb/chunk/corrupt_chunk.h"

namespace strata::downsample {

namespace {

// Neither times that go back or below 0 nor any NaN: nothing to look for. Sign bits are gathered,
// since that takes no branch: differences of times of one sign do not wrap.
struct Glance {
  bool times_are_odd = false;
  bool has_nan = false;
};

Glance glance(const Timestamp* times, const std::uint64_t* values, std::size_t count) {
  std::int64_t back = 0;
  for (std::size_t i = 1; i < count; ++i) {
    back |= times[i] | static_cast<std::int64_t>(static_cast<std::uint64_t>(times[i]) -
                                                 static_cast<std::uint64_t>(times[i - 1]));
  }
  std::uint64_t nan = 0;
  for (std::size_t i = 0; i < count; ++i) {
    nan |= 0x7ff0'0000'0000'0000 - (values[i] & 0x7fff'ffff'ffff'ffff);
  }
  return {(count != 0 && times[0] < 0) || back < 0, nan >> 63 != 0};
}

}  // namespace

FloatReader::Seen drop_unusable(tsdb::SampleList& samples, std::size_t from) {
  const std::size_t count = samples.times.size();
  const Glance seen =
      glance(samples.times.data() + from, samples.values.data() + from, count - from);
  FloatReader::Seen result;
  if (!seen.times_are_odd && !seen.has_nan) {
    return result;
  }
  Timestamp last = 0;
  std::size_t kept = from;
  for (std::size_t i = from; i < count; ++i) {
    if (samples.values[i] == tsdb::kStaleMarker) {
      ++result.stale;
    } else if (samples.times[i] < last) {
      ++result.out_of_order;
    } else {
      last = samples.times[i];
      samples.times[kept] = last;
      samples.values[kept] = samples.values[i];
      result.has_nan = result.has_nan || is_nan_bits(samples.values[i]);
      ++kept;
    }
  }
  samples.resize(kept);
  return result;
}

FloatReader::Seen FloatReader::append(tsdb::Encoding encoding, Bytes data, tsdb::SampleList& out) {
  const std::size_t before = out.times.size();
  append_all(encoding, data, out);
  return drop_unusable(out, before);
}

void FloatReader::append_all(tsdb::Encoding encoding, Bytes data, tsdb::SampleList& out) {
  if (encoding == tsdb::Encoding::kXor) {
    xor_.append(data, out);
    return;
  }
  if (encoding != tsdb::Encoding::kXor2) {
    tsdb::throw_corrupt_chunk(encoding, "among chunks of floats");
  }
  decoder_.decode(encoding, data, columns_);
  out.times.insert(out.times.end(), columns_.times.begin(), columns_.times.end());
  out.values.insert(out.values.end(), columns_.values.begin(), columns_.values.end());
}

}  // namespace strata::downsample
