#include <benchmark/benchmark.h>

#include <bit>
#include <random>
#include <vector>

#include "downsample/histogram_downsampler.h"
#include "tsdb/chunk/histogram_decoder.h"
#include "tsdb/chunk/histogram_encoder.h"

namespace strata::downsample {
namespace {

constexpr Timestamp kStart = 1704067200000;
constexpr Timestamp kInterval = 15000;
constexpr std::size_t kChunkSize = 120;
constexpr std::size_t kChunks = 96;  // two days

// A counter of observations that fall into some of `buckets` buckets at every scrape.
std::vector<tsdb::ChunkView> make_run(std::size_t buckets, tsdb::ChunkArena& arena) {
  std::mt19937_64 random(buckets);
  tsdb::HistogramLayout layout;
  layout.schema = 3;
  layout.zero_threshold = std::bit_cast<std::uint64_t>(0x1p-128);
  layout.spans[tsdb::kPositive] = {{-4, static_cast<std::uint32_t>(buckets)}};
  layout.buckets[tsdb::kPositive] = buckets;
  std::vector<std::uint64_t> counts(buckets, 0);
  std::uint64_t total = 0;
  double sum = 0;
  std::vector<tsdb::ChunkView> run;
  tsdb::HistogramEncoder encoder;
  for (std::size_t i = 0; i < kChunks * kChunkSize; ++i) {
    if (i % kChunkSize == 0) {
      encoder.begin(tsdb::Encoding::kHistogram, layout);
    }
    for (std::size_t k = random() % 40; k > 0; --k) {
      ++counts[(random() % buckets + random() % buckets) / 2];
      ++total;
      sum += static_cast<double>(random() % 1000) / 1000;
    }
    encoder.append({.time = kStart + static_cast<Timestamp>(i) * kInterval,
                    .count = total,
                    .sum = std::bit_cast<std::uint64_t>(sum),
                    .buckets = counts.data()});
    if (i % kChunkSize == kChunkSize - 1) {
      run.push_back(encoder.finish(tsdb::ResetHeader::kNotReset, arena));
    }
  }
  return run;
}

void report(benchmark::State& state) {
  const auto total = static_cast<double>(state.iterations()) * kChunks * kChunkSize;
  state.counters["ns/sample"] =
      benchmark::Counter(total * 1e-9, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void BM_DecodeHistograms(benchmark::State& state) {
  tsdb::ChunkArena arena;
  const std::vector<tsdb::ChunkView> run = make_run(state.range(0), arena);
  tsdb::HistogramDecoder decoder;
  tsdb::SampleColumns samples;
  for (auto _ : state) {
    for (const tsdb::ChunkView& chunk : run) {
      benchmark::DoNotOptimize(decoder.decode(chunk.encoding, chunk.data, samples));
    }
  }
  report(state);
}

void BM_HistogramsTo5m(benchmark::State& state) {
  tsdb::ChunkArena input;
  const std::vector<tsdb::ChunkView> run = make_run(state.range(0), input);
  HistogramDownsampler downsampler({.decoded_limit = static_cast<std::size_t>(state.range(1))});
  tsdb::ChunkArena arena;
  std::vector<tsdb::ChunkView> out;
  Books books;
  for (auto _ : state) {
    arena.clear();
    out.clear();
    downsampler.downsample_raw(run, arena, out, books);
  }
  if (books.read != books.aggregated) {
    state.SkipWithError("the books do not balance");
  }
  report(state);
}

BENCHMARK(BM_DecodeHistograms)->ArgName("buckets")->Arg(8)->Arg(20);
BENCHMARK(BM_HistogramsTo5m)
    ->ArgNames({"buckets", "decoded_limit"})
    ->ArgsProduct({{8, 20}, {0, 16 << 20}});

}  // namespace
}  // namespace strata::downsample

BENCHMARK_MAIN();
