#include "downsample/series_downsampler.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/error.h"
#include "downsample/float_downsampler.h"
#include "downsample/histogram_downsampler.h"
#include "tsdb/chunk/corrupt_chunk.h"

namespace strata::downsample {

namespace {

using tsdb::AggregateView;
using tsdb::ChunkView;
using tsdb::Encoding;

void check_overlap(std::span<const ChunkView> chunks) {
  for (std::size_t i = 1; i < chunks.size(); ++i) {
    if (chunks[i - 1].max_time >= chunks[i].min_time) {
      throw Error(ErrorKind::kCorrupt,
                  fmt::format("found overlapping chunks within series: {} to {} and {} to {}",
                              chunks[i - 1].min_time, chunks[i - 1].max_time, chunks[i].min_time,
                              chunks[i].max_time));
    }
  }
}

bool is_histogram(const ChunkView& chunk) {
  switch (chunk.encoding) {
    case Encoding::kHistogram:
    case Encoding::kFloatHistogram:
    case Encoding::kHistogramSt:
    case Encoding::kFloatHistogramSt:
      return true;
    case Encoding::kAggregate:
      tsdb::throw_corrupt_chunk(chunk.encoding, "among raw chunks");
    default:
      return false;
  }
}

bool is_histogram(const AggregateView& chunk) {
  const Encoding counter = chunk[tsdb::Aggregate::kCounter].encoding;
  return counter == Encoding::kHistogram || counter == Encoding::kFloatHistogram;
}

// How many chunks from the first on are of its class, floats or histograms.
template <class Chunk>
std::size_t run_length(std::span<const Chunk> chunks) {
  std::size_t length = 1;
  while (length < chunks.size() && is_histogram(chunks[length]) == is_histogram(chunks[0])) {
    ++length;
  }
  return length;
}

}  // namespace

struct SeriesDownsampler::State {
  explicit State(Resolution wanted) : target(wanted) {}

  void downsample_raw(std::span<const ChunkView> chunks, tsdb::ChunkArena& arena,
                      std::vector<ChunkView>& out, Books& books);
  void repair(std::span<const ChunkView> chunks, Books& books);
  void downsample_aggregates(tsdb::ChunkArena& arena, std::vector<ChunkView>& out, Books& books);

  Resolution target;
  FloatDownsampler floats;
  HistogramDownsampler histograms;
  // Of the input at k5m: only aggregate chunks, and their entries.
  std::vector<ChunkView> repaired;
  std::vector<AggregateView> entries;
  tsdb::ChunkArena repaired_arena;
};

SeriesDownsampler::SeriesDownsampler(Resolution target) : state_(std::make_unique<State>(target)) {
  if (target != k5m && target != k1h) {
    throw_invalid(fmt::format("no downsampling to a resolution of {} ms", target));
  }
}

SeriesDownsampler::~SeriesDownsampler() = default;

void SeriesDownsampler::State::downsample_raw(std::span<const ChunkView> chunks,
                                              tsdb::ChunkArena& arena, std::vector<ChunkView>& out,
                                              Books& books) {
  while (!chunks.empty()) {
    const std::span<const ChunkView> run = chunks.first(run_length(chunks));
    if (is_histogram(run[0])) {
      histograms.downsample_raw(run, arena, out, books);
    } else {
      floats.downsample_raw(run, arena, out, books);
    }
    chunks = chunks.subspan(run.size());
  }
}

// A block of k5m may hold raw chunks, from writers that did not know better. Each is downsampled on
// its own; its samples are read here, and as counts once more behind it.
void SeriesDownsampler::State::repair(std::span<const ChunkView> chunks, Books& books) {
  repaired.clear();
  repaired_arena.clear();
  entries.clear();
  for (const ChunkView& chunk : chunks) {
    if (chunk.encoding == Encoding::kAggregate) {
      repaired.push_back(chunk);
    } else if (tsdb::sample_count(chunk.encoding, chunk.data) != 0) {
      Books own;
      downsample_raw({&chunk, 1}, repaired_arena, repaired, own);
      own.read -= own.aggregated;
      own.aggregated = 0;
      books.add(own);
    }
  }
  for (const ChunkView& chunk : repaired) {
    entries.push_back(tsdb::parse_aggregate(chunk.data));
  }
}

void SeriesDownsampler::State::downsample_aggregates(tsdb::ChunkArena& arena,
                                                     std::vector<ChunkView>& out, Books& books) {
  std::span<const AggregateView> rest = entries;
  while (!rest.empty()) {
    const std::span<const AggregateView> run = rest.first(run_length(rest));
    const std::size_t first = entries.size() - rest.size();
    RunExtent extent{.first = repaired[first].min_time,
                     .last = repaired[first + run.size() - 1].max_time};
    for (const AggregateView& chunk : run) {
      const AggregateView::Entry& count = chunk[tsdb::Aggregate::kCount];
      extent.samples += count.is_present() ? tsdb::sample_count(count.encoding, count.data) : 0;
    }
    const std::size_t batch =
        std::max<std::size_t>(1, run.size() / target_chunks(extent, k5m, k1h));
    for (std::size_t at = 0; at < run.size(); at += batch) {
      const std::span<const AggregateView> part = run.subspan(at, std::min(batch, run.size() - at));
      if (is_histogram(part[0])) {
        histograms.downsample_batch(part, arena, out, books);
      } else {
        floats.downsample_batch(part, arena, out, books);
      }
    }
    rest = rest.subspan(run.size());
  }
}

void SeriesDownsampler::downsample(std::span<const ChunkView> chunks, tsdb::ChunkArena& arena,
                                   std::vector<ChunkView>& out, Books& books) {
  check_overlap(chunks);
  if (state_->target == k5m) {
    state_->downsample_raw(chunks, arena, out, books);
  } else {
    state_->repair(chunks, books);
    state_->downsample_aggregates(arena, out, books);
  }
}

}  // namespace strata::downsample
