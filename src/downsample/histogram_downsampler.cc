#include "downsample/histogram_downsampler.h"

#include <algorithm>
#include <limits>

#include "downsample/aggregate_stream.h"
#include "downsample/histogram_aggregator.h"
#include "downsample/histogram_samples.h"
#include "downsample/histogram_stream.h"
#include "downsample/window_walk.h"
#include "tsdb/chunk/corrupt_chunk.h"
#include "tsdb/chunk/xor_encoder.h"

namespace strata::downsample {

namespace {

using tsdb::Aggregate;
using tsdb::AggregateView;
using tsdb::ChunkArena;
using tsdb::ChunkView;
using tsdb::Encoding;
using Entry = HistogramSamples::Entry;
using Streams = HistogramAggregator::Streams;

// What raw samples are assumed to be apart.
constexpr Resolution kRawInterval = 60'000;

// The end of the batch of `size` samples from `from` on: a window is never divided.
std::size_t batch_end(std::span<const Entry> entries, std::size_t from, std::size_t size) {
  std::size_t end = from + std::min(size, entries.size() - from);
  const Timestamp stop = window_end(entries[end - 1].time, k5m);
  while (end < entries.size() && entries[end].time <= stop) {
    ++end;
  }
  return end;
}

// The stamps of all streams of a chunk.
struct StampRange {
  Timestamp first = std::numeric_limits<Timestamp>::max();
  Timestamp last = std::numeric_limits<Timestamp>::min();

  void add(Timestamp stamp) {
    first = std::min(first, stamp);
    last = std::max(last, stamp);
  }
};

bool is_histogram(Encoding encoding) {
  return encoding == Encoding::kHistogram || encoding == Encoding::kFloatHistogram;
}

}  // namespace

struct HistogramDownsampler::State {
  explicit State(const HistogramOptions& options)
      : samples(options.decoded_limit), aggregator(options.by_place) {}

  std::size_t choose_batch(std::size_t from, std::size_t end, Books& books);
  void write_raw_batch(ChunkArena& arena, std::vector<ChunkView>& out, Books& books);
  template <Resolution kWindow>
  void aggregate(Streams streams, auto emit);
  bool read_entries(std::span<const AggregateView> batch, Aggregate kind);
  std::size_t same_buckets(std::span<const AggregateView> batch);
  void write_batch(std::span<const AggregateView> batch, ChunkArena& arena,
                   std::vector<ChunkView>& out, Books& books);
  void append(HistogramStream& stream, Timestamp stamp, RunningHistogram& histogram, Books& books);
  void write_chunk(tsdb::SampleSpan counts, const StampRange& stamps, ChunkArena& arena,
                   std::vector<ChunkView>& out);

  HistogramSamples samples;
  HistogramAggregator aggregator;
  HistogramStream counters;
  HistogramStream sums;
  tsdb::SampleList counts;
  AggregateStream count_windows;
  // The batch: entries and, for the walk, their times.
  std::vector<Entry> batch;
  std::vector<Timestamp> batch_times;
  std::vector<ChunkView> entry_chunks;
  ChunkArena parts;  // of the chunk being made
};

HistogramDownsampler::HistogramDownsampler(const HistogramOptions& options)
    : state_(std::make_unique<State>(options)) {}

HistogramDownsampler::~HistogramDownsampler() = default;

// Of samples up to `end` those that are numbers, as long as their buckets are of one kind. Returns
// where the next batch begins.
std::size_t HistogramDownsampler::State::choose_batch(std::size_t from, std::size_t end,
                                                      Books& books) {
  batch.clear();
  batch_times.clear();
  std::size_t at = from;
  for (; at < end; ++at) {
    const Entry& entry = samples.entries()[at];
    if (entry.is_nan) {
      ++books.nan;
      continue;
    }
    if (!batch.empty() &&
        samples.has_custom_buckets(entry) != samples.has_custom_buckets(batch[0])) {
      break;
    }
    batch.push_back(entry);
    batch_times.push_back(entry.time);
  }
  return at;
}

// Calls emit(window) at the end of each window of the batch, when the aggregator holds its result.
template <Resolution kWindow>
void HistogramDownsampler::State::aggregate(Streams streams, auto emit) {
  const auto less = [&](const Entry& a, const Entry& b) {
    return samples.schema(a) < samples.schema(b);
  };
  aggregator.start(samples.schema(*std::ranges::min_element(batch, less)), streams);
  std::uint32_t open_chunk = batch[0].chunk;
  aggregator.open(samples.columns(open_chunk));
  for_each_window<kWindow>(batch_times, [&](const Window& window) {
    aggregator.start_window();
    for (std::size_t i = window.from; i < window.to; ++i) {
      if (batch[i].chunk != open_chunk) {
        aggregator.close();
        open_chunk = batch[i].chunk;
        aggregator.open(samples.columns(open_chunk));
      }
      aggregator.add(batch[i].index);
    }
    emit(window);
  });
}

void HistogramDownsampler::State::append(HistogramStream& stream, Timestamp stamp,
                                         RunningHistogram& histogram, Books& books) {
  if (stream.append(stamp, histogram, aggregator)) {
    ++books.histogram_restarts;
  }
}

void HistogramDownsampler::State::write_chunk(tsdb::SampleSpan count_samples,
                                              const StampRange& stamps, ChunkArena& arena,
                                              std::vector<ChunkView>& out) {
  parts.clear();
  AggregateView view;
  const auto put = [&](Aggregate kind, const ChunkView& part) {
    view.entries[static_cast<std::size_t>(kind)] = {part.encoding, part.data};
  };
  // It takes a run of 200 days with 30 million samples in its first window.
  if (count_samples.size > tsdb::kMaxXorSamples) {
    tsdb::throw_corrupt_chunk(tsdb::Encoding::kAggregate, "more windows than a chunk can count");
  }
  if (count_samples.size != 0) {
    put(Aggregate::kCount, tsdb::encode_xor(count_samples, parts));
  }
  if (!sums.empty()) {
    put(Aggregate::kSum, sums.finish(parts));
  }
  if (!counters.empty()) {
    put(Aggregate::kCounter, counters.finish(parts));
  }
  ChunkView chunk = tsdb::write_aggregate(view, arena);
  chunk.min_time = stamps.first;
  chunk.max_time = stamps.last;
  out.push_back(chunk);
}

void HistogramDownsampler::State::write_raw_batch(ChunkArena& arena, std::vector<ChunkView>& out,
                                                  Books& books) {
  const bool gauge =
      samples.columns(batch[0].chunk).histograms[batch[0].index].hint == tsdb::ResetHint::kGauge;
  counters.start();
  sums.start();
  counts.resize(0);
  StampRange stamps;
  aggregate<k5m>({.counter = true, .sum = true}, [&](const Window& window) {
    if (gauge) {
      aggregator.counter().value.hint = tsdb::ResetHint::kGauge;
    }
    append(counters, window.stamp, aggregator.counter(), books);
    append(sums, window.stamp, aggregator.sum(), books);
    counts.times.push_back(window.stamp);
    counts.values.push_back(
        std::bit_cast<std::uint64_t>(static_cast<double>(window.to - window.from)));
    stamps.add(window.stamp);
  });
  books.aggregated += batch.size();
  write_chunk(counts.span(), stamps, arena, out);
}

void HistogramDownsampler::downsample_raw(std::span<const ChunkView> run, ChunkArena& arena,
                                          std::vector<ChunkView>& out, Books& books) {
  State& state = *state_;
  state.samples.read(run, books);
  const std::span<const Entry> entries = state.samples.entries();
  if (entries.empty()) {
    return;
  }
  const RunExtent extent{
      .first = entries.front().time, .last = entries.back().time, .samples = entries.size()};
  const std::size_t size = entries.size() / target_chunks(extent, kRawInterval, k5m) + 1;
  for (std::size_t at = 0; at < entries.size();) {
    at = state.choose_batch(at, batch_end(entries, at, size), books);
    if (!state.batch.empty()) {
      state.write_raw_batch(arena, out, books);
    }
  }
}

// Makes the histograms in the entries of `kind` the batch. False: there are none.
bool HistogramDownsampler::State::read_entries(std::span<const AggregateView> chunks,
                                               Aggregate kind) {
  entry_chunks.clear();
  for (const AggregateView& chunk : chunks) {
    const AggregateView::Entry& entry = chunk[kind];
    if (!entry.is_present()) {
      continue;
    }
    if (!is_histogram(entry.encoding)) {
      tsdb::throw_corrupt_chunk(entry.encoding, "among the entries of histograms");
    }
    entry_chunks.push_back({.encoding = entry.encoding, .data = entry.data});
  }
  Books ignored;  // samples are booked by the counts that they stand for
  samples.read(entry_chunks, ignored);
  batch.assign(samples.entries().begin(), samples.entries().end());
  batch_times.clear();
  for (const Entry& entry : batch) {
    batch_times.push_back(entry.time);
  }
  return !batch.empty();
}

void HistogramDownsampler::State::write_batch(std::span<const AggregateView> chunks,
                                              ChunkArena& arena, std::vector<ChunkView>& out,
                                              Books& books) {
  StampRange stamps;
  counters.start();
  sums.start();
  if (read_entries(chunks, Aggregate::kCounter)) {
    aggregate<k1h>({.counter = true, .sum = false}, [&](const Window& window) {
      append(counters, window.stamp, aggregator.counter(), books);
      stamps.add(window.stamp);
    });
  }
  if (read_entries(chunks, Aggregate::kSum)) {
    aggregate<k1h>({.counter = false, .sum = true}, [&](const Window& window) {
      append(sums, window.stamp, aggregator.sum(), books);
      stamps.add(window.stamp);
    });
  }
  const tsdb::SampleSpan windows = count_windows.fold_counts(chunks, books);
  for (std::size_t i = 0; i < windows.size; ++i) {
    stamps.add(windows.times[i]);
  }
  if (windows.size != 0 || !counters.empty() || !sums.empty()) {
    write_chunk(windows, stamps, arena, out);
  }
}

// How many chunks from the first on have counters with the same kind of buckets.
std::size_t HistogramDownsampler::State::same_buckets(std::span<const AggregateView> chunks) {
  const auto is_custom = [](const AggregateView& chunk) {
    return tsdb::has_custom_buckets(chunk[Aggregate::kCounter].encoding,
                                    chunk[Aggregate::kCounter].data);
  };
  const bool first = is_custom(chunks[0]);
  const auto other = [&](const AggregateView& chunk) { return is_custom(chunk) != first; };
  return static_cast<std::size_t>(std::ranges::find_if(chunks, other) - chunks.begin());
}

void HistogramDownsampler::downsample_batch(std::span<const AggregateView> batch, ChunkArena& arena,
                                            std::vector<ChunkView>& out, Books& books) {
  while (!batch.empty()) {
    const std::size_t size = state_->same_buckets(batch);
    state_->write_batch(batch.first(size), arena, out, books);
    batch = batch.subspan(size);
  }
}

}  // namespace strata::downsample
