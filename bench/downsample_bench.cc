#include <benchmark/benchmark.h>

#include <bit>
#include <random>
#include <vector>

#include "downsample/float_downsampler.h"
#include "downsample/series_downsampler.h"
#include "tsdb/chunk/reencoder.h"

namespace strata::downsample {
namespace {

using tsdb::ChunkView;

// 2024-01-01, of a series scraped every 15 s for two weeks, as a compacted block holds it.
constexpr Timestamp kStart = 1704067200000;
constexpr Timestamp kInterval = 15000;
constexpr std::size_t kSamples = 14 * 24 * 240;

// Counters of whole numbers, gauges whose every bit moves, constants, and one time in fifty late.
enum class Shape { kCounter, kGauge, kConstant };

struct Series {
  tsdb::ChunkArena arena;
  tsdb::SampleList samples;
  std::vector<ChunkView> raw;
  std::vector<ChunkView> aggregates;

  explicit Series(Shape shape) {
    std::mt19937_64 random(7);
    auto value = static_cast<double>(random() % 1'000'000);
    for (std::size_t i = 0; i < kSamples; ++i) {
      if (shape == Shape::kCounter) {
        value += static_cast<double>(random() % 100);
      } else if (shape == Shape::kGauge) {
        value += std::normal_distribution<>(0, 1000)(random);
      }
      const auto late = random() % 50 == 0 ? static_cast<Timestamp>(random() % 5) : 0;
      samples.times.push_back(kStart + static_cast<Timestamp>(i) * kInterval + late);
      samples.values.push_back(std::bit_cast<std::uint64_t>(value));
    }
    tsdb::Reencoder::encode_floats(samples.span(), arena, raw);
    Books books;
    SeriesDownsampler(k5m).downsample(raw, arena, aggregates, books);
  }
};

void report(benchmark::State& state) {
  const auto total = static_cast<double>(state.iterations()) * static_cast<double>(kSamples);
  state.counters["ns/raw"] =
      benchmark::Counter(total * 1e-9, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void BM_Read(benchmark::State& state) {
  const Series series(static_cast<Shape>(state.range(0)));
  FloatReader reader;
  tsdb::SampleList samples;
  for (auto _ : state) {
    samples.resize(0);
    for (const ChunkView& chunk : series.raw) {
      reader.append(chunk.encoding, chunk.data, samples);
    }
    benchmark::DoNotOptimize(samples.values.data());
  }
  report(state);
}

// Of the batches that a block of two weeks has.
constexpr std::size_t kBatch = kSamples / 29 + 1;

void BM_Aggregate(benchmark::State& state) {
  const Series series(static_cast<Shape>(state.range(0)));
  FloatWindows windows;
  for (auto _ : state) {
    for (std::size_t at = 0; at < kSamples; at += kBatch) {
      windows.aggregate(series.samples.span().part(at, std::min(kBatch, kSamples - at)),
                        TimeOrder::kAscending);
      benchmark::DoNotOptimize(windows.streams());
    }
  }
  report(state);
}

void BM_Encode(benchmark::State& state) {
  const Series series(static_cast<Shape>(state.range(0)));
  std::vector<FloatWindows> batches(29);
  for (std::size_t i = 0; i < batches.size(); ++i) {
    const std::size_t at = i * kBatch;
    batches[i].aggregate(series.samples.span().part(at, std::min(kBatch, kSamples - at)),
                         TimeOrder::kAscending);
  }
  FloatChunkWriter writer;
  tsdb::ChunkArena arena;
  std::vector<ChunkView> out;
  for (auto _ : state) {
    arena.clear();
    out.clear();
    for (const FloatWindows& batch : batches) {
      writer.write(batch.streams(), arena, out);
    }
    benchmark::DoNotOptimize(out.data());
  }
  report(state);
}

void BM_Series(benchmark::State& state, Resolution target) {
  const Series series(static_cast<Shape>(state.range(0)));
  SeriesDownsampler downsampler(target);
  tsdb::ChunkArena arena;
  std::vector<ChunkView> out;
  Books books;
  for (auto _ : state) {
    arena.clear();
    out.clear();
    downsampler.downsample(target == k5m ? series.raw : series.aggregates, arena, out, books);
    benchmark::DoNotOptimize(out.data());
  }
  if (books.read != books.aggregated) {
    state.SkipWithError("the books do not balance");
  }
  report(state);
}

constexpr auto kShapes = [](auto* benchmark) {
  benchmark->ArgName("shape")->DenseRange(0, static_cast<int>(Shape::kConstant));
};

BENCHMARK(BM_Read)->Apply(kShapes);
BENCHMARK(BM_Aggregate)->Apply(kShapes);
BENCHMARK(BM_Encode)->Apply(kShapes);
BENCHMARK_CAPTURE(BM_Series, raw_to_5m, k5m)->Apply(kShapes);
BENCHMARK_CAPTURE(BM_Series, 5m_to_1h, k1h)->Apply(kShapes);

}  // namespace
}  // namespace strata::downsample
