#include "downsample/histogram_stream.h"

#include <gtest/gtest.h>

#include "tsdb/chunk/decode_chunk.h"

namespace strata::downsample {
namespace {

using tsdb::kNegative;
using tsdb::kPositive;
using tsdb::ResetHint;
using tsdb::Span;
using Spans = std::vector<Span>;
using Counts = std::vector<double>;

constexpr unsigned kUnknownFlag = 0x00;
constexpr unsigned kNotResetFlag = 0x40;
constexpr unsigned kResetFlag = 0x80;
constexpr unsigned kGaugeFlag = 0xc0;

struct Sides {
  Spans positive;
  Counts positive_counts;
  Spans negative = {};
  Counts negative_counts = {};
  double count = 10;
  std::int32_t schema = 0;
};

RunningHistogram running(const Sides& sides, ResetHint hint, HistogramAggregator& ids) {
  RunningHistogram result;
  result.layout_id = ids.new_layout_id();
  FloatHistogram& value = result.value;
  value.hint = hint;
  value.count = sides.count;
  value.layout.schema = sides.schema;
  value.layout.spans[kPositive] = sides.positive;
  value.layout.spans[kNegative] = sides.negative;
  value.buckets[kPositive] = sides.positive_counts;
  value.buckets[kNegative] = sides.negative_counts;
  for (const unsigned sign : {kPositive, kNegative}) {
    value.layout.buckets[sign] = value.buckets[sign].size();
  }
  return result;
}

struct Case {
  const char* name;
  bool gauge;
  Sides first;
  Sides second;
  bool restarts;
  unsigned flag;
  Spans chunk[2];      // by Sign
  Spans histogram[2];  // what the second has afterwards
  Counts positive;     // and its positive counts
};

const Case kCases[] = {
    {"the same buckets",
     false,
     {{{1, 2}}, {1, 2}},
     {{{1, 2}}, {1, 2}},
     false,
     kNotResetFlag,
     {{{1, 2}}, {}},
     {{{1, 2}}, {}},
     {1, 2}},
    {"the same buckets in another form",
     false,
     {{{1, 2}}, {1, 2}},
     {{{1, 1}, {0, 1}}, {1, 2}},
     false,
     kNotResetFlag,
     {{{1, 2}}, {}},
     {{{1, 1}, {0, 1}}, {}},
     {1, 2}},
    {"more buckets",
     false,
     {{{1, 2}}, {1, 2}},
     {{{1, 1}, {0, 2}}, {1, 2, 3}, {{4, 1}}, {7}},
     false,
     kNotResetFlag,
     {{{1, 1}, {0, 2}}, {{4, 1}}},
     {{{1, 1}, {0, 2}}, {{4, 1}}},
     {1, 2, 3}},
    {"fewer buckets, empty before",
     false,
     {{{1, 1}, {0, 1}}, {1, 0}},
     {{{1, 1}}, {1}},
     false,
     kNotResetFlag,
     {{{1, 1}, {0, 1}}, {}},
     {{{1, 1}, {0, 1}}, {}},
     {1, 0}},
    {"fewer and more",
     false,
     {{{1, 1}, {0, 1}}, {1, 0}, {{1, 1}}, {1}},
     {{{1, 1}, {1, 1}}, {1, 3}, {{1, 1}, {0, 1}}, {1, 2}},
     false,
     kNotResetFlag,
     {{{1, 3}}, {{1, 1}, {0, 1}}},
     {{{1, 3}}, {{1, 1}, {0, 1}}},
     {1, 0, 3}},
    {"a populated bucket is gone",
     false,
     {{{1, 2}}, {1, 2}},
     {{{1, 1}}, {1}},
     true,
     kResetFlag,
     {{{1, 1}}, {}},
     {{{1, 1}}, {}},
     {1}},
    {"a bucket fell",
     false,
     {{{1, 1}}, {2}},
     {{{1, 1}}, {1}},
     true,
     kResetFlag,
     {{{1, 1}}, {}},
     {{{1, 1}}, {}},
     {1}},
    {"the count fell",
     false,
     {{{1, 1}}, {1}},
     {{{1, 1}}, {1}, {}, {}, 9},
     true,
     kResetFlag,
     {{{1, 1}}, {}},
     {{{1, 1}}, {}},
     {1}},
    {"another schema",
     false,
     {{{1, 1}}, {1}},
     {{{1, 1}}, {1}, {}, {}, 10, 1},
     true,
     kUnknownFlag,
     {{{1, 1}}, {}},
     {{{1, 1}}, {}},
     {1}},
    {"a gauge may fall",
     true,
     {{{1, 1}}, {2}},
     {{{1, 1}}, {1}, {}, {}, 9},
     false,
     kGaugeFlag,
     {{{1, 1}}, {}},
     {{{1, 1}}, {}},
     {1}},
    {"a gauge with fewer buckets",
     true,
     {{{1, 1}, {0, 1}}, {1, 2}},
     {{{1, 1}}, {1}},
     false,
     kGaugeFlag,
     {{{1, 1}, {0, 1}}, {}},
     {{{1, 2}}, {}},
     {1, 0}},
    {"a gauge with fewer and more",
     true,
     {{{1, 1}, {0, 1}}, {1, 2}},
     {{{1, 1}, {1, 1}}, {1, 3}, {{1, 1}, {0, 1}}, {1, 2}},
     false,
     kGaugeFlag,
     {{{1, 3}}, {{1, 2}}},
     {{{1, 3}}, {{1, 2}}},
     {1, 0, 3}},
    {"a gauge of another schema",
     true,
     {{{1, 1}}, {1}},
     {{{1, 1}}, {1}, {}, {}, 10, 1},
     true,
     kGaugeFlag,
     {{{1, 1}}, {}},
     {{{1, 1}}, {}},
     {1}},
};

TEST(HistogramStream, LaysHistogramsOutAsTheReferencesAppenderDoes) {
  for (const Case& test : kCases) {
    SCOPED_TRACE(test.name);
    HistogramAggregator ids(true);
    HistogramStream stream;
    stream.start();
    const ResetHint hint = test.gauge ? ResetHint::kGauge : ResetHint::kUnknown;
    RunningHistogram first = running(test.first, hint, ids);
    RunningHistogram second = running(test.second, hint, ids);
    EXPECT_FALSE(stream.append(1000, first, ids));
    EXPECT_EQ(stream.append(2000, second, ids), test.restarts);

    tsdb::ChunkArena arena;
    const tsdb::ChunkView chunk = stream.finish(arena);
    EXPECT_EQ(chunk.data[2], test.flag);
    tsdb::ChunkDecoder decoder;
    tsdb::SampleColumns samples;
    decoder.decode(chunk.encoding, chunk.data, samples);
    EXPECT_EQ(samples.times.size(), test.restarts ? 1u : 2u);
    EXPECT_EQ(samples.times.back(), 2000);
    for (const unsigned sign : {kPositive, kNegative}) {
      EXPECT_EQ(samples.layout.spans[sign], test.chunk[sign]);
      EXPECT_EQ(second.value.layout.spans[sign], test.histogram[sign]);
      EXPECT_EQ(second.value.layout.buckets[sign], second.value.buckets[sign].size());
    }
    EXPECT_EQ(second.value.buckets[kPositive], test.positive);
  }
}

TEST(HistogramStream, AChangeOfKindStartsAnew) {
  HistogramAggregator ids(true);
  HistogramStream stream;
  const Sides sides = {{{1, 1}}, {1}};
  RunningHistogram counter = running(sides, ResetHint::kUnknown, ids);
  RunningHistogram gauge = running(sides, ResetHint::kGauge, ids);
  tsdb::ChunkArena arena;
  stream.start();
  stream.append(1000, counter, ids);
  EXPECT_TRUE(stream.append(2000, gauge, ids));
  EXPECT_EQ(stream.finish(arena).data[2], kGaugeFlag);
  stream.start();
  stream.append(1000, gauge, ids);
  EXPECT_TRUE(stream.append(2000, counter, ids));
  EXPECT_EQ(stream.finish(arena).data[2], kUnknownFlag);
}

}  // namespace
}  // namespace strata::downsample
