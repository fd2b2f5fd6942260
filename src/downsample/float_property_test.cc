#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "downsample/series_downsampler.h"
#include "downsample/testing/plain_floats.h"
#include "tsdb/chunk/aggregate.h"
#include "tsdb/chunk/decode_chunk.h"
#include "tsdb/chunk/series_merge.h"
#include "tsdb/chunk/xor_encoder.h"

namespace strata::downsample {
namespace {

using testing::PlainChunk;
using testing::PlainSamples;
using tsdb::ChunkView;

struct Bits {
  Timestamp time;
  std::uint64_t value;
  bool operator==(const Bits&) const = default;
};

std::vector<Bits> decode(const tsdb::AggregateView::Entry& entry) {
  std::vector<Bits> result;
  if (entry.is_present()) {
    tsdb::ChunkDecoder decoder;
    tsdb::SampleColumns samples;
    decoder.decode(entry.encoding, entry.data, samples);
    for (std::size_t i = 0; i < samples.size(); ++i) {
      result.push_back({samples.times[i], samples.values[i]});
    }
  }
  return result;
}

std::vector<Bits> bits(const PlainSamples& samples) {
  std::vector<Bits> result;
  for (const auto& [time, value] : samples) {
    result.push_back({time, std::bit_cast<std::uint64_t>(value)});
  }
  return result;
}

void expect_same(const std::vector<ChunkView>& got, const std::vector<PlainChunk>& want) {
  ASSERT_EQ(got.size(), want.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    SCOPED_TRACE(i);
    EXPECT_EQ(got[i].min_time, want[i].min_time);
    EXPECT_EQ(got[i].max_time, want[i].max_time);
    const tsdb::AggregateView view = tsdb::parse_aggregate(got[i].data);
    for (std::size_t kind = 0; kind < tsdb::kAggregates; ++kind) {
      SCOPED_TRACE(kind);
      EXPECT_TRUE(decode(view.entries[kind]) == bits(want[i].streams[kind]));
    }
    tsdb::verify_chunk(got[i]);
  }
}

double special(std::mt19937_64& random) {
  static const double kValues[] = {0.0,
                                   -0.0,
                                   std::numeric_limits<double>::infinity(),
                                   -std::numeric_limits<double>::infinity(),
                                   std::numeric_limits<double>::max(),
                                   std::numeric_limits<double>::denorm_min(),
                                   std::bit_cast<double>(std::uint64_t{0x7ff8000000000001}),
                                   std::bit_cast<double>(std::uint64_t{0x7ff0000000000002}),
                                   1e300,
                                   -1e-300};
  return kValues[random() % std::size(kValues)];
}

// What a seed makes of a series: its steps in time and value, and how often something odd happens.
struct Style {
  explicit Style(std::mt19937_64& random)
      : interval(std::array<Timestamp, 5>{15'000, 60'000, 1'000, 300'000, 3'600'000}[random() % 5]),
        is_counter(random() % 2 == 0),
        odd(std::array<unsigned, 3>{0, 3, 30}[random() % 3]) {}
  Timestamp interval;
  bool is_counter;
  unsigned odd;  // of a hundred samples
};

double next_value(const Style& style, std::mt19937_64& random, double value) {
  if (!style.is_counter) {
    return std::normal_distribution<>(0, 100)(random);
  }
  return random() % 200 == 0 || !std::isfinite(value) ? 1
                                                      : value + static_cast<double>(random() % 50);
}

std::vector<PlainSamples> make_series(std::mt19937_64& random) {
  const Style style(random);
  std::vector<PlainSamples> chunks;
  Timestamp time = random() % 10 == 0 ? -600'000 : 1'700'006'400'000;
  double value = 0;
  for (std::size_t left = 1 + random() % 60; left > 0; --left) {
    PlainSamples chunk;
    for (std::size_t i = 1 + random() % 150; i > 0; --i) {
      value = next_value(style, random, value);
      Timestamp shown = time;
      double odd = value;
      if (random() % 100 < style.odd) {
        odd = special(random);
        shown -= random() % 3 == 0 && !chunk.empty()
                     ? std::min<Timestamp>(style.interval, time - chunk[0].first)
                     : 0;
        time += random() % 3 == 0 ? style.interval * static_cast<Timestamp>(random() % 60) : 0;
      }
      chunk.emplace_back(shown, odd);
      time += style.interval;
    }
    chunks.push_back(chunk);
  }
  return chunks;
}

TEST(FloatProperty, RandomSeriesAreWhatThePlainModelMakesOfThem) {
  for (std::uint64_t seed = 1; seed <= 120; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    const std::vector<PlainSamples> series = make_series(random);
    tsdb::ChunkArena arena;
    std::vector<ChunkView> raw;
    std::uint64_t samples = 0;
    for (const PlainSamples& chunk : series) {
      tsdb::SampleList list;
      for (const auto& [time, value] : chunk) {
        list.times.push_back(time);
        list.values.push_back(std::bit_cast<std::uint64_t>(value));
      }
      raw.push_back(tsdb::encode_xor(list.span(), arena));
      // What comes later may be earlier than the last one.
      raw.back().max_time = *std::ranges::max_element(list.times);
      samples += chunk.size();
    }
    std::vector<ChunkView> at_5m;
    Books books;
    SeriesDownsampler(k5m).downsample(raw, arena, at_5m, books);
    EXPECT_EQ(books.read, samples);
    EXPECT_EQ(books.read, books.aggregated + books.stale + books.out_of_order + books.nan);
    const std::vector<PlainChunk> plain_5m = testing::downsample_raw(series);
    expect_same(at_5m, plain_5m);

    std::vector<ChunkView> at_1h;
    Books books_1h;
    SeriesDownsampler(k1h).downsample(at_5m, arena, at_1h, books_1h);
    EXPECT_EQ(books_1h.read, books.aggregated);
    EXPECT_EQ(books_1h.read, books_1h.aggregated);
    expect_same(at_1h, testing::downsample_aggregates(plain_5m));
  }
}

}  // namespace
}  // namespace strata::downsample
