#include <gtest/gtest.h>

#include "downsample/float_histogram.h"

namespace strata::downsample {
namespace {

FloatHistogram of_buckets(std::vector<tsdb::Span> spans, std::vector<double> buckets) {
  FloatHistogram histogram;
  histogram.layout.buckets[tsdb::kPositive] = buckets.size();
  histogram.layout.spans[tsdb::kPositive] = std::move(spans);
  histogram.buckets[tsdb::kPositive] = std::move(buckets);
  return histogram;
}

// As Prometheus v0.309 FloatHistogram.DetectReset: once there are no more buckets to compare with,
// it goes on through the previous ones without looking at them.
TEST(ResetDetection, LooksNoFurtherThanOneBucketBehindTheLast) {
  struct Case {
    const char* name;
    FloatHistogram now;
    FloatHistogram previous;
    bool want;
  };
  const Case cases[] = {
      {"a populated one right behind", of_buckets({{0, 1}}, {5}), of_buckets({{0, 2}}, {5, 1}),
       true},
      {"a populated one behind an empty one", of_buckets({{0, 1}}, {5}),
       of_buckets({{0, 3}}, {5, 0, 1}), false},
      {"the same within", of_buckets({{0, 1}, {2, 1}}, {5, 7}), of_buckets({{0, 4}}, {5, 0, 1, 7}),
       true},
      {"no buckets any more", of_buckets({}, {}), of_buckets({{0, 2}}, {1, 1}), true},
      {"no buckets any more, the first was empty", of_buckets({}, {}), of_buckets({{0, 2}}, {0, 1}),
       false},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(is_reset(one.now, one.previous), one.want) << one.name;
  }
}

}  // namespace
}  // namespace strata::downsample
