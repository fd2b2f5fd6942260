#include <benchmark/benchmark.h>

#include <bit>
#include <random>
#include <vector>

#include "tsdb/chunk/decode_chunk.h"
#include "tsdb/chunk/reencoder.h"
#include "tsdb/chunk/series_merge.h"

namespace strata::tsdb {
namespace {

constexpr Timestamp kStart = 1704067200000;
constexpr Timestamp kInterval = 15000;
constexpr std::size_t kChunkSize = 120;
constexpr std::size_t kSeriesChunks = 4;  // two hours

// The mix of a small fleet: half of the series are buckets of histograms that move now and then,
// the others counters, gauges and constants; one time in fifty is some milliseconds late.
enum class Shape { kBucket, kCounter, kGauge, kConstant, kMixed };

struct Fleet {
  ChunkArena arena;
  std::vector<std::vector<ChunkView>> series;
  std::size_t samples = 0;
};

Shape shape_of(Shape wanted, std::size_t series) {
  if (wanted != Shape::kMixed) {
    return wanted;
  }
  const std::size_t share = series % 10;
  return share < 5   ? Shape::kBucket
         : share < 7 ? Shape::kCounter
         : share < 9 ? Shape::kGauge
                     : Shape::kConstant;
}

void next_value(Shape shape, std::mt19937_64& random, double& value) {
  switch (shape) {
    case Shape::kBucket:
      value += random() % 3 == 0 ? static_cast<double>(random() % 4) : 0;
      break;
    case Shape::kCounter:
      value += static_cast<double>(random() % 100);
      break;
    case Shape::kGauge:
      value += std::normal_distribution<>(0, 1000)(random);
      break;
    default:
      break;
  }
}

void make_fleet(Fleet& fleet, Shape wanted, Timestamp offset, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    std::mt19937_64 random(i + 1);
    const Shape shape = shape_of(wanted, i);
    auto value = static_cast<double>(random() % 1000000);
    SampleList samples;
    for (std::size_t k = 0; k < kChunkSize * kSeriesChunks; ++k) {
      next_value(shape, random, value);
      const auto late = random() % 50 == 0 ? static_cast<Timestamp>(random() % 5) : 0;
      samples.times.push_back(kStart + static_cast<Timestamp>(k) * kInterval + offset + late);
      samples.values.push_back(std::bit_cast<std::uint64_t>(value));
    }
    fleet.samples += samples.times.size();
    Reencoder::encode_floats(samples.span(), fleet.arena, fleet.series.emplace_back());
  }
}

void report(benchmark::State& state, std::size_t samples) {
  const auto total = static_cast<double>(state.iterations()) * static_cast<double>(samples);
  state.counters["ns/sample"] =
      benchmark::Counter(total * 1e-9, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

constexpr std::size_t kFleetSize = 1000;
// Decoded samples stay in the second-level cache, as those of a merge do.
constexpr std::size_t kCachedFleetSize = 60;

void BM_DecodeXor(benchmark::State& state) {
  Fleet fleet;
  make_fleet(fleet, static_cast<Shape>(state.range(0)), 0, kFleetSize);
  XorDecoder decoder;
  SampleColumns samples;
  for (auto _ : state) {
    for (const std::vector<ChunkView>& series : fleet.series) {
      for (const ChunkView& chunk : series) {
        benchmark::DoNotOptimize(decoder.decode(chunk.data, samples));
      }
    }
  }
  report(state, fleet.samples);
}

void BM_EncodeXor(benchmark::State& state) {
  Fleet fleet;
  make_fleet(fleet, static_cast<Shape>(state.range(0)), 0, kCachedFleetSize);
  std::deque<SampleColumns> decoded;
  XorDecoder decoder;
  for (const std::vector<ChunkView>& series : fleet.series) {
    for (const ChunkView& chunk : series) {
      decoder.decode(chunk.data, decoded.emplace_back());
    }
  }
  ChunkArena arena;
  for (auto _ : state) {
    arena.clear();
    for (const SampleColumns& samples : decoded) {
      benchmark::DoNotOptimize(
          encode_xor({samples.times.data(), samples.values.data(), samples.size()}, arena));
    }
  }
  report(state, fleet.samples);
}

void BM_Merge(benchmark::State& state, MergeFunction function, Timestamp offset) {
  Fleet a;
  Fleet b;
  make_fleet(a, static_cast<Shape>(state.range(0)), 0, kFleetSize);
  make_fleet(b, static_cast<Shape>(state.range(0)), offset, kFleetSize);
  SeriesMerger merger(function);
  ChunkArena arena;
  std::vector<ChunkView> out;
  SampleBooks books;
  for (auto _ : state) {
    arena.clear();
    for (std::size_t i = 0; i < kFleetSize; ++i) {
      out.clear();
      const std::span<const ChunkView> inputs[] = {a.series[i], b.series[i]};
      merger.merge(inputs, arena, out, books);
    }
  }
  if (books.read != books.written + books.duplicates) {
    state.SkipWithError("the books do not balance");
  }
  report(state, a.samples + b.samples);
}

constexpr auto kShapes = [](auto* benchmark) {
  benchmark->ArgName("shape")->DenseRange(0, static_cast<int>(Shape::kMixed));
};

BENCHMARK(BM_DecodeXor)->Apply(kShapes);
BENCHMARK(BM_EncodeXor)->Apply(kShapes);
BENCHMARK_CAPTURE(BM_Merge, one_to_one_7s, MergeFunction::kOneToOne, 7000)->Apply(kShapes);
BENCHMARK_CAPTURE(BM_Merge, one_to_one_same_times, MergeFunction::kOneToOne, 0)->Apply(kShapes);
BENCHMARK_CAPTURE(BM_Merge, penalty_7s, MergeFunction::kPenalty, 7000)->Apply(kShapes);

}  // namespace
}  // namespace strata::tsdb

BENCHMARK_MAIN();
