#include "downsample/float_downsampler.h"

#include <algorithm>

namespace strata::downsample {

namespace {

// What raw samples are assumed to be apart.
constexpr Resolution kRawInterval = 60'000;

// What headers and index say of a run; true if no sample is dropped.
RunExtent claimed_extent(std::span<const tsdb::ChunkView> run) {
  RunExtent extent{.first = run.front().min_time, .last = run.back().max_time};
  for (const tsdb::ChunkView& chunk : run) {
    extent.samples += tsdb::sample_count(chunk.encoding, chunk.data);
  }
  return extent;
}

std::size_t batch_size(const RunExtent& extent) {
  return extent.samples / target_chunks(extent, kRawInterval, k5m) + 1;
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

void FloatDownsampler::downsample_raw(std::span<const tsdb::ChunkView> run, tsdb::ChunkArena& arena,
                                      std::vector<tsdb::ChunkView>& out, Books& books) {
  const std::size_t chunks_before = out.size();
  Pass pass{.run = run, .batch = batch_size(claimed_extent(run)), .arena = arena, .out = out};
  run_pass(pass);
  const std::size_t batch = batch_size(pass.extent);
  const bool is_one_batch = std::min(batch, pass.batch) > pass.extent.samples;
  if (batch != pass.batch && !is_one_batch) {
    // So many samples were dropped that batches are of another size.
    out.resize(chunks_before);
    pass.batch = batch;
    pass.books = {};
    run_pass(pass);
  }
  books.add(pass.books);
}

void FloatDownsampler::run_pass(Pass& pass) {
  samples_.resize(0);
  has_nan_ = false;
  order_ = TimeOrder::kAscending;
  pass.extent = {};
  std::size_t end = 0;  // of the batch, as far as it has been looked for
  for (const tsdb::ChunkView& chunk : pass.run) {
    read_chunk(chunk, pass);
    while (samples_.times.size() > pass.batch) {
      // A window is never divided.
      const Timestamp stop = window_end(samples_.times[pass.batch - 1], k5m);
      end = std::max(end, pass.batch);
      while (end < samples_.times.size() && samples_.times[end] <= stop) {
        ++end;
      }
      if (end == samples_.times.size()) {
        break;
      }
      write_batch(end, pass);
      end = 0;
    }
  }
  if (!samples_.times.empty()) {
    write_batch(samples_.times.size(), pass);
  }
}

void FloatDownsampler::read_chunk(const tsdb::ChunkView& chunk, Pass& pass) {
  const std::size_t before = samples_.times.size();
  const FloatReader::Seen seen = reader_.append(chunk.encoding, chunk.data, samples_);
  pass.books.read += tsdb::sample_count(chunk.encoding, chunk.data);
  pass.books.stale += seen.stale;
  pass.books.out_of_order += seen.out_of_order;
  has_nan_ = has_nan_ || seen.has_nan;
  if (before == samples_.times.size()) {
    return;
  }
  RunExtent& extent = pass.extent;
  if (extent.samples == 0) {
    extent.first = samples_.times.front();
  } else if (samples_.times[before] < extent.last) {
    order_ = TimeOrder::kUnknown;  // the index lies about the chunk
  }
  extent.last = samples_.times.back();
  extent.samples += samples_.times.size() - before;
}

void FloatDownsampler::write_batch(std::size_t size, Pass& pass) {
  std::size_t kept = size;
  if (has_nan_) {
    kept = drop_nan(samples_.times.data(), samples_.values.data(), size);
    pass.books.nan += size - kept;
  }
  if (kept != 0) {
    windows_.aggregate(samples_.span().part(0, kept), order_);
    pass.books.aggregated += windows_.samples();
    writer_.write(windows_.streams(), pass.arena, pass.out);
  }
  const auto written = static_cast<std::ptrdiff_t>(size);
  samples_.times.erase(samples_.times.begin(), samples_.times.begin() + written);
  samples_.values.erase(samples_.values.begin(), samples_.values.begin() + written);
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
