#include "downsample/float_downsampler.h"

#include <algorithm>

namespace strata::downsample {

namespace {

// What raw samples are assumed to be apart.
constexpr Resolution kRawInterval = 60'000;

// The end of the batch of `size` samples from `from` on: a window is never divided.
std::size_t batch_end(std::span<const Timestamp> times, std::size_t from, std::size_t size) {
  std::size_t end = from + std::min(size, times.size() - from);
  const Timestamp stop = window_end(times[end - 1], k5m);
  while (end < times.size() && times[end] <= stop) {
    ++end;
  }
  return end;
}

// Moves the numbers to the front of the batch; returns how many they are.
std::size_t drop_nan(Timestamp* times, std::uint64_t* values, std::size_t size) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < size; ++i) {
    if (!is_nan_bits(values[i])) {
      times[kept] = times[i];
      values[kept] = values[i];
      ++kept;
    }
  }
  return kept;
}

}  // namespace

void FloatDownsampler::read_run(std::span<const tsdb::ChunkView> run, Books& books) {
  samples_.resize(0);
  has_nan_ = false;
  order_ = TimeOrder::kAscending;
  for (const tsdb::ChunkView& chunk : run) {
    const std::size_t before = samples_.times.size();
    const FloatReader::Seen seen = reader_.append(chunk.encoding, chunk.data, samples_);
    if (before != 0 && before < samples_.times.size() &&
        samples_.times[before] < samples_.times[before - 1]) {
      order_ = TimeOrder::kUnknown;  // the index lies about the chunk
    }
    books.read += tsdb::sample_count(chunk.encoding, chunk.data);
    books.stale += seen.stale;
    books.out_of_order += seen.out_of_order;
    has_nan_ = has_nan_ || seen.has_nan;
  }
}

void FloatDownsampler::downsample_raw(std::span<const tsdb::ChunkView> run, tsdb::ChunkArena& arena,
                                      std::vector<tsdb::ChunkView>& out, Books& books) {
  read_run(run, books);
  const std::span<const Timestamp> times = samples_.times;
  if (times.empty()) {
    return;
  }
  const RunExtent extent{.first = times.front(), .last = times.back(), .samples = times.size()};
  const std::size_t batch = times.size() / target_chunks(extent, kRawInterval, k5m) + 1;
  for (std::size_t at = 0; at < times.size();) {
    const std::size_t end = batch_end(times, at, batch);
    std::size_t size = end - at;
    if (has_nan_) {
      size = drop_nan(samples_.times.data() + at, samples_.values.data() + at, size);
      books.nan += end - at - size;
    }
    if (size != 0) {
      windows_.aggregate(samples_.span().part(at, size), order_);
      books.aggregated += windows_.samples();
      writer_.write(windows_.streams(), arena, out);
    }
    at = end;
  }
}

void FloatDownsampler::downsample_batch(std::span<const tsdb::AggregateView> batch,
                                        tsdb::ChunkArena& arena, std::vector<tsdb::ChunkView>& out,
                                        Books& books) {
  using tsdb::Aggregate;
  const FloatStreams streams = {streams_[0].fold_counts(batch, books),
                                streams_[1].fold(batch, Aggregate::kSum),
                                streams_[2].fold(batch, Aggregate::kMin),
                                streams_[3].fold(batch, Aggregate::kMax), counter_.fold(batch)};
  writer_.write(streams, arena, out);
}

}  // namespace strata::downsample
