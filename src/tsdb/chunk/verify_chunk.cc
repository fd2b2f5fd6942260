#include <fmt/core.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "tsdb/chunk/aggregate.h"
#include "tsdb/chunk/corrupt_chunk.h"
#include "tsdb/chunk/decode_chunk.h"
#include "tsdb/chunk/series_merge.h"

namespace strata::tsdb {

namespace {

// A counter of floats has one sample more in front of its windows and one more behind them, each of
// which may have the time of its neighbour.
enum class Times { kAscending, kCounter };

bool is_histogram(const SampleColumns& samples) {
  return samples.type != SampleType::kFloat;
}

void check_end(Encoding encoding, Bytes data, std::size_t bits_read) {
  // A head that wrote a whole byte at a byte's border leaves one spare zero byte behind it.
  const std::size_t spare = data.size() - (bits_read + 7) / 8;
  if (spare > 1 || (spare == 1 && data.back() != 0)) {
    throw_corrupt_chunk(encoding, fmt::format("{} bytes behind the last sample", spare));
  }
  data = data.first(data.size() - spare);
  const unsigned used = bits_read % 8;
  if (used != 0 && (data.back() & (0xffu >> used)) != 0) {
    throw_corrupt_chunk(encoding, "bits set behind the last sample");
  }
}

void check_times(Encoding encoding, const SampleColumns& samples, Times order) {
  for (std::size_t i = 1; i < samples.size(); ++i) {
    const Timestamp before = samples.times[i - 1];
    const Timestamp now = samples.times[i];
    const bool may_repeat = order == Times::kCounter && (i == 1 || i + 1 == samples.size());
    if (now < before || (now == before && !may_repeat)) {
      throw_corrupt_chunk(encoding,
                          fmt::format("sample {} of time {} follows one of {}", i, now, before));
    }
  }
}

void check_bounds(Encoding encoding, const HistogramLayout& layout) {
  for (std::size_t i = 1; i < layout.bounds.size(); ++i) {
    const double before = std::bit_cast<double>(layout.bounds[i - 1]);
    const double now = std::bit_cast<double>(layout.bounds[i]);
    if (!(before < now)) {
      throw_corrupt_chunk(encoding, "bounds of custom buckets do not ascend");
    }
  }
}

// Observations of NaN are in the count but in no bucket.
void check_count(Encoding encoding, const SampleColumns& samples, std::size_t index) {
  const HistogramSample& sample = samples.histograms[index];
  std::uint64_t total = sample.zero_count;
  for (std::size_t i = 0; i < samples.layout.bucket_total(); ++i) {
    total += samples.buckets[sample.first_bucket + i];
  }
  const bool sum_is_nan = std::isnan(std::bit_cast<double>(sample.sum));
  if (sum_is_nan ? total > sample.count : total != sample.count) {
    throw_corrupt_chunk(encoding, fmt::format("sample {} counts {} but its buckets {}", index,
                                              sample.count, total));
  }
}

void check_histograms(Encoding encoding, Bytes data, const SampleColumns& samples) {
  const bool plain = encoding == Encoding::kHistogram || encoding == Encoding::kFloatHistogram;
  if (plain && (data[2] & 0x3f) != 0) {
    throw_corrupt_chunk(encoding, "unused bits of the header are set");
  }
  check_bounds(encoding, samples.layout);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (samples.histograms[i].is_stale()) {
      continue;
    }
    if (i > 0 && samples.histograms[i - 1].is_stale()) {
      throw_corrupt_chunk(encoding, fmt::format("sample {} follows a stale one", i));
    }
    if (samples.type == SampleType::kHistogram) {
      check_count(encoding, samples, i);
    }
  }
}

void check_samples(Encoding encoding, Bytes data, Times order, SampleColumns& samples) {
  ChunkDecoder decoder;
  const std::size_t bits_read = decoder.decode(encoding, data, samples);
  if (samples.size() == 0) {
    throw_corrupt_chunk(encoding, "no samples");
  }
  check_end(encoding, data, bits_read);
  check_times(encoding, samples, order);
  if (is_histogram(samples)) {
    check_histograms(encoding, data, samples);
  }
}

void check_range(const ChunkView& chunk, const SampleColumns& samples) {
  if (samples.times.front() != chunk.min_time || samples.times.back() != chunk.max_time) {
    throw_corrupt_chunk(
        chunk.encoding,
        fmt::format("samples from {} to {}, but the index says {} to {}", samples.times.front(),
                    samples.times.back(), chunk.min_time, chunk.max_time));
  }
}

void check_entry(const AggregateView::Entry& entry, Encoding wanted, Times order,
                 SampleColumns& samples) {
  if (entry.encoding != wanted) {
    throw_corrupt_chunk(Encoding::kAggregate,
                        fmt::format("an entry is a {} chunk, not a {} chunk",
                                    to_string(entry.encoding), to_string(wanted)));
  }
  check_samples(entry.encoding, entry.data, order, samples);
}

// Sum, min and max have a value for every window of `count`. The counter starts before the first
// window, and may end before the last: values that are not a number are no part of it.
void verify_floats(const ChunkView& chunk, const AggregateView& view, const SampleColumns& count) {
  SampleColumns samples;
  for (const Aggregate kind : {Aggregate::kSum, Aggregate::kMin, Aggregate::kMax}) {
    if (view[kind].is_present()) {
      check_entry(view[kind], Encoding::kXor, Times::kAscending, samples);
      if (samples.times != count.times) {
        throw_corrupt_chunk(chunk.encoding, "entries differ in their times");
      }
    }
  }
  if (view[Aggregate::kCounter].is_present()) {
    check_entry(view[Aggregate::kCounter], Encoding::kXor, Times::kCounter, samples);
    if (samples.times.back() > chunk.max_time) {
      throw_corrupt_chunk(chunk.encoding, "the counter ends behind the last window");
    }
  }
}

// The reference drops the windows in front of one whose histogram cannot be appended to theirs, of
// sum and counter each: what is left need not have all times of the count.
void verify_histograms(const ChunkView& chunk, const AggregateView& view,
                       const SampleColumns& count) {
  if (view[Aggregate::kMin].is_present() || view[Aggregate::kMax].is_present()) {
    throw_corrupt_chunk(chunk.encoding, "histograms have a minimum or maximum");
  }
  SampleColumns samples;
  for (const Aggregate kind : {Aggregate::kSum, Aggregate::kCounter}) {
    check_entry(view[kind], Encoding::kFloatHistogram, Times::kAscending, samples);
    if (!std::ranges::includes(count.times, samples.times)) {
      throw_corrupt_chunk(chunk.encoding, "histograms of windows that have no count");
    }
  }
}

std::uint32_t verify_aggregate(const ChunkView& chunk) {
  const AggregateView view = parse_aggregate(chunk.data);
  if (!view[Aggregate::kCount].is_present()) {
    throw_corrupt_chunk(chunk.encoding, "no count entry");
  }
  SampleColumns count;
  check_entry(view[Aggregate::kCount], Encoding::kXor, Times::kAscending, count);
  check_range(chunk, count);
  if (view[Aggregate::kCounter].encoding == Encoding::kFloatHistogram) {
    verify_histograms(chunk, view, count);
  } else {
    verify_floats(chunk, view, count);
  }
  return static_cast<std::uint32_t>(count.size());
}

}  // namespace

std::uint32_t verify_chunk(const ChunkView& chunk) {
  if (chunk.encoding == Encoding::kAggregate) {
    return verify_aggregate(chunk);
  }
  SampleColumns samples;
  check_samples(chunk.encoding, chunk.data, Times::kAscending, samples);
  check_range(chunk, samples);
  return static_cast<std::uint32_t>(samples.size());
}

}  // namespace strata::tsdb
