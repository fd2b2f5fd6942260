#include "downsample/float_histogram.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error.h"
#include "tsdb/chunk/histogram_layout.h"

namespace strata::downsample {
namespace {

using tsdb::kNegative;
using tsdb::kPositive;
using tsdb::ResetHint;
using tsdb::Span;
using Spans = std::vector<Span>;
using Counts = std::vector<double>;

std::uint64_t bits(double value) {
  return std::bit_cast<std::uint64_t>(value);
}

struct Shape {
  double zero_threshold = 0;
  double zero_count = 0;
  Counts bounds = {};  // not empty: custom buckets
};

FloatHistogram histogram(const Spans& spans, const Counts& counts, const Shape& shape = {}) {
  FloatHistogram result;
  result.layout.spans[kPositive] = spans;
  result.layout.buckets[kPositive] = counts.size();
  result.layout.zero_threshold = bits(shape.zero_threshold);
  result.buckets[kPositive] = counts;
  result.zero_count = shape.zero_count;
  if (!shape.bounds.empty()) {
    result.layout.schema = tsdb::kCustomBucketsSchema;
  }
  for (const double bound : shape.bounds) {
    result.layout.bounds.push_back(bits(bound));
  }
  return result;
}

TEST(FloatHistogram, AdditionKeepsTheFormOfSpansThatTheReferenceWouldLeave) {
  struct Case {
    const char* name;
    Spans to_spans;
    Counts to;
    Spans other_spans;
    Counts other;
    Spans want_spans;
    Counts want;
  };
  const Case cases[] = {
      {"the bucket is there", {{2, 3}}, {1, 2, 3}, {{3, 1}}, {5}, {{2, 3}}, {1, 7, 3}},
      {"right before the first", {{2, 2}}, {1, 2}, {{1, 1}}, {5}, {{1, 3}}, {5, 1, 2}},
      {"far before the first", {{2, 2}}, {1, 2}, {{-3, 1}}, {5}, {{-3, 1}, {4, 2}}, {5, 1, 2}},
      {"into nothing", {}, {}, {{4, 2}}, {5, 6}, {{4, 2}}, {5, 6}},
      {"right behind the last", {{2, 2}}, {1, 2}, {{4, 1}}, {5}, {{2, 3}}, {1, 2, 5}},
      {"far behind the last", {{2, 2}}, {1, 2}, {{7, 1}}, {5}, {{2, 2}, {3, 1}}, {1, 2, 5}},
      {"left in a gap", {{0, 1}, {3, 1}}, {1, 2}, {{1, 1}}, {5}, {{0, 2}, {2, 1}}, {1, 5, 2}},
      {"right in a gap", {{0, 1}, {3, 1}}, {1, 2}, {{3, 1}}, {5}, {{0, 1}, {2, 2}}, {1, 5, 2}},
      {"amid a gap", {{0, 1}, {3, 1}}, {1, 2}, {{2, 1}}, {5}, {{0, 1}, {1, 1}, {1, 1}}, {1, 5, 2}},
      {"closing a gap", {{0, 1}, {1, 1}}, {1, 2}, {{1, 1}}, {5}, {{0, 2}, {0, 1}}, {1, 5, 2}},
      {"all over",
       {{0, 1}, {3, 1}, {2, 2}},
       {1, 2, 3, 4},
       {{-1, 11}},
       {10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20},
       {{-1, 5}, {0, 3}, {0, 3}},
       {10, 12, 12, 13, 14, 17, 16, 17, 21, 23, 20}},
      {"around an empty span",
       {{0, 1}, {1, 0}, {2, 1}},
       {1, 2},
       {{1, 3}},
       {5, 6, 7},
       {{0, 2}, {0, 2}, {0, 1}},
       {1, 5, 6, 7, 2}},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.name);
    FloatHistogram to = histogram(test.to_spans, test.to);
    const bool changed = combine(to, histogram(test.other_spans, test.other), Operation::kAdd);
    EXPECT_EQ(changed, test.to_spans != test.want_spans);
    EXPECT_EQ(to.layout.spans[kPositive], test.want_spans);
    EXPECT_EQ(to.buckets[kPositive], test.want);
    EXPECT_EQ(to.layout.buckets[kPositive], test.want.size());
  }
}

TEST(FloatHistogram, SubtractionInsertsNegativeZeroForZero) {
  FloatHistogram to = histogram({{2, 1}}, {1});
  EXPECT_TRUE(combine(to, histogram({{2, 1}, {1, 1}}, {1, 0}), Operation::kSubtract));
  EXPECT_EQ(bits(to.buckets[kPositive][0]), bits(0.0));
  EXPECT_EQ(bits(to.buckets[kPositive][1]), bits(-0.0));
}

TEST(FloatHistogram, BucketsWithinTheZeroBucketAreNotAdded) {
  FloatHistogram to = histogram({{1, 2}}, {1, 2}, {.zero_threshold = 1});
  const FloatHistogram other = histogram({{-1, 3}}, {5, 6, 7}, {.zero_threshold = 1});
  EXPECT_FALSE(combine(to, other, Operation::kAdd));
  EXPECT_EQ(to.buckets[kPositive], (Counts{8, 2}));
  EXPECT_EQ(buckets_in_zero_bucket(other.layout, kPositive), 2u);
}

TEST(FloatHistogram, TheNarrowerZeroBucketIsWidened) {
  struct Case {
    const char* name;
    FloatHistogram to;
    FloatHistogram other;
    Operation operation;
    FloatHistogram want;
  };
  const Spans five = {{-3, 5}};
  const Case cases[] = {
      {"of the left side", histogram(five, {1, 2, 3, 4, 5}, {.zero_count = 1}),
       histogram({{1, 1}}, {6}, {.zero_threshold = 0.5, .zero_count = 2}), Operation::kAdd,
       histogram({{0, 2}}, {4, 11}, {.zero_threshold = 0.5, .zero_count = 9})},
      {"past a bucket that it cuts", histogram(five, {1, 2, 3, 4, 5}, {.zero_count = 1}),
       histogram({{1, 1}}, {6}, {.zero_threshold = 0.6, .zero_count = 2}), Operation::kAdd,
       histogram({{1, 1}}, {11}, {.zero_threshold = 1, .zero_count = 13})},
      {"of the right side", histogram({{1, 1}}, {6}, {.zero_threshold = 0.6, .zero_count = 1}),
       histogram(five, {1, 2, 3, 4, 5}, {.zero_count = 2}), Operation::kAdd,
       histogram({{1, 1}}, {11}, {.zero_threshold = 1, .zero_count = 13})},
      {"before a subtraction", histogram(five, {1, 2, 3, 4, 5}, {.zero_count = 1}),
       histogram({{1, 1}}, {6}, {.zero_threshold = 0.5, .zero_count = 2}), Operation::kSubtract,
       histogram({{0, 2}}, {4, -1}, {.zero_threshold = 0.5, .zero_count = 5})},
      {"and all empty buckets go", histogram(five, {1, 2, 0, 0, 5}, {.zero_count = 1}),
       histogram({{1, 1}}, {6}, {.zero_threshold = 0.2, .zero_count = 2}), Operation::kAdd,
       histogram({{1, 1}}, {11}, {.zero_threshold = 0.25, .zero_count = 6})},
  };
  for (Case test : cases) {
    SCOPED_TRACE(test.name);
    combine(test.to, test.other, test.operation);
    EXPECT_TRUE(same_layout(test.to.layout, test.want.layout));
    EXPECT_EQ(test.to.zero_threshold(), test.want.zero_threshold());
    EXPECT_EQ(test.to.zero_count, test.want.zero_count);
    EXPECT_EQ(test.to.buckets[kPositive], test.want.buckets[kPositive]);
  }
}

TEST(FloatHistogram, AZeroThresholdThatIsNoNumberIsAnError) {
  FloatHistogram to = histogram({{1, 1}}, {1});
  const FloatHistogram other =
      histogram({{1, 1}}, {1}, {.zero_threshold = std::numeric_limits<double>::quiet_NaN()});
  EXPECT_THROW(combine(to, other, Operation::kAdd), Error);
}

TEST(FloatHistogram, CustomBucketsMeetInTheBoundsThatTheyShare) {
  struct Case {
    const char* name;
    FloatHistogram to;
    FloatHistogram other;
    Operation operation;
    FloatHistogram want;
  };
  const Counts three = {1, 2, 3};
  const Case cases[] = {
      {"equal bounds", histogram({{0, 1}, {1, 2}}, {1, 3, 4}, {.bounds = three}),
       histogram({{1, 1}}, {10}, {.bounds = three}), Operation::kAdd,
       histogram({{0, 2}, {0, 2}}, {1, 10, 3, 4}, {.bounds = three})},
      {"some bounds", histogram({{0, 4}}, {1, 2, 3, 4}, {.bounds = three}),
       histogram({{0, 3}}, {10, 20, 30}, {.bounds = {1, 3}}), Operation::kAdd,
       histogram({{0, 3}}, {11, 25, 34}, {.bounds = {1, 3}})},
      {"subtraction leaves no empty buckets", histogram({{0, 2}}, {1, 2}, {.bounds = three}),
       histogram({{0, 1}}, {1}, {.bounds = {1, 3}}), Operation::kSubtract,
       histogram({{1, 1}}, {2}, {.bounds = {1, 3}})},
  };
  for (Case test : cases) {
    SCOPED_TRACE(test.name);
    combine(test.to, test.other, test.operation);
    EXPECT_TRUE(same_layout(test.to.layout, test.want.layout));
    EXPECT_EQ(test.to.buckets[kPositive], test.want.buckets[kPositive]);
  }
}

TEST(FloatHistogram, DifferentSchemasAreRefused) {
  FloatHistogram to = histogram({{1, 1}}, {1});
  const FloatHistogram other = histogram({{0, 1}}, {1}, {.bounds = {1}});
  EXPECT_THROW(combine(to, other, Operation::kAdd), Error);
}

TEST(FloatHistogram, GaugesStayGauges) {
  using enum ResetHint;
  EXPECT_EQ(combined_hint(kUnknown, kUnknown), kUnknown);
  EXPECT_EQ(combined_hint(kNotReset, kNotReset), kNotReset);
  EXPECT_EQ(combined_hint(kGauge, kNotReset), kGauge);
  EXPECT_EQ(combined_hint(kUnknown, kGauge), kGauge);
  EXPECT_EQ(combined_hint(kUnknown, kNotReset), kUnknown);
  EXPECT_EQ(combined_hint(kNotReset, kReset), kUnknown);
}

TEST(FloatHistogram, AResetIsWhatMakesAnyNumberFall) {
  struct Case {
    const char* name;
    FloatHistogram now;
    FloatHistogram previous;
    bool want;
  };
  const Case cases[] = {
      {"all grew", histogram({{1, 2}}, {2, 2}), histogram({{1, 2}}, {1, 2}), false},
      {"a bucket fell", histogram({{1, 2}}, {2, 1}), histogram({{1, 2}}, {1, 2}), true},
      {"a populated bucket is gone", histogram({{1, 1}}, {2}), histogram({{1, 2}}, {1, 2}), true},
      {"an empty bucket is gone", histogram({{1, 1}}, {2}), histogram({{1, 2}}, {1, 0}), false},
      {"the zero bucket fell", histogram({}, {}, {.zero_count = 1}),
       histogram({}, {}, {.zero_count = 2}), true},
      {"the zero threshold fell", histogram({}, {}, {.zero_threshold = 0.5}),
       histogram({}, {}, {.zero_threshold = 1}), true},
      {"the zero threshold took up a bucket",
       histogram({{1, 1}}, {1}, {.zero_threshold = 0.5, .zero_count = 5}),
       histogram({{-1, 1}, {1, 1}}, {3, 1}, {.zero_count = 2}), false},
      {"it cuts a populated bucket",
       histogram({{1, 1}}, {1}, {.zero_threshold = 0.4, .zero_count = 9}),
       histogram({{-1, 1}, {1, 1}}, {3, 1}, {.zero_count = 2}), true},
      {"shared bounds grew", histogram({{0, 2}}, {3, 1}, {.bounds = {1, 3}}),
       histogram({{0, 2}}, {1, 1}, {.bounds = {1, 2, 3}}), false},
      {"shared bounds fell", histogram({{0, 2}}, {3, 1}, {.bounds = {1, 3}}),
       histogram({{0, 3}}, {1, 1, 1}, {.bounds = {1, 2, 3}}), true},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.name);
    EXPECT_EQ(is_reset(test.now, test.previous), test.want);
  }
  FloatHistogram fewer = histogram({}, {});
  FloatHistogram more = fewer;
  more.count = 1;
  EXPECT_TRUE(is_reset(fewer, more));
  EXPECT_FALSE(is_reset(more, fewer));
}

TEST(FloatHistogram, WiderBucketsTakeUpNarrowOnesFromTheLeft) {
  tsdb::HistogramLayout layout;
  layout.schema = 2;
  layout.spans[kPositive] = {{-4, 3}, {2, 4}};
  layout.spans[kNegative] = {{0, 1}, {0, 1}};
  layout.buckets[kPositive] = 7;
  layout.buckets[kNegative] = 2;
  tsdb::WideningPlaces places;
  tsdb::widen_buckets(layout, 0, places);
  EXPECT_EQ(layout.schema, 0);
  EXPECT_EQ(layout.spans[kPositive], (Spans{{-1, 3}}));
  EXPECT_EQ(layout.spans[kNegative], (Spans{{0, 2}}));
  EXPECT_EQ(places, (tsdb::WideningPlaces{0, 1, 1, 2, 2, 2, 2, 3, 4}));
  const double counts[] = {1, 2, 3, 1e300, 5, -1e300, 7, 8, 9};
  std::uint64_t from[9];
  std::ranges::transform(counts, from, bits);
  std::uint64_t to[5];
  tsdb::widen_counts(tsdb::SampleType::kFloatHistogram, places, from, to);
  const double want[] = {1, 5, 1e300 + 5 - 1e300 + 7, 8, 9};
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(to[i], bits(want[i])) << i;
  }
}

}  // namespace
}  // namespace strata::downsample
