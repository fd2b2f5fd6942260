#include "telemetry/exposition.h"

#include <gtest/gtest.h>
#include <prometheus/metric_family.h>

#include <limits>

#include "telemetry/metrics.h"

namespace strata::telemetry {
namespace {

TEST(Exposition, SortsFamiliesByNameAndMetricsByLabelValues) {
  Registry registry;
  const CounterFamily family = registry.counters("b_total", "B.");
  family.with({{"y", "1"}, {"x", "2"}}).increment(3);
  family.with({{"y", "2"}, {"x", "1"}});
  family.with({{"z", "9"}}).increment(1.5);
  registry.gauge("a", "A.").set(-1);
  EXPECT_EQ(expose_text(registry.collect()),
            "# HELP a A.\n# TYPE a gauge\na -1\n"
            "# HELP b_total B.\n# TYPE b_total counter\n"
            "b_total{z=\"9\"} 1.5\nb_total{x=\"1\",y=\"2\"} 0\nb_total{x=\"2\",y=\"1\"} 3\n");
}

TEST(Exposition, EscapesHelpAndLabelValues) {
  Registry registry;
  registry.gauge("g", "a \"b\" \\ c\nd", {{"l", "a \"b\" \\ c\nd"}});
  EXPECT_EQ(expose_text(registry.collect()),
            "# HELP g a \"b\" \\\\ c\\nd\n# TYPE g gauge\ng{l=\"a \\\"b\\\" \\\\ c\\nd\"} 0\n");
  EXPECT_EQ(expose_openmetrics(registry.collect()),
            "# HELP g a \\\"b\\\" \\\\ c\\nd\n# TYPE g gauge\ng{l=\"a \\\"b\\\" \\\\ c\\nd\"} "
            "0.0\n# EOF\n");
}

TEST(Exposition, WritesNumbersAsGoDoes) {
  struct Case {
    double value;
    std::string text;
    std::string openmetrics;
  };
  const Case cases[] = {
      {0, "0", "0.0"},
      {1, "1", "1.0"},
      {999999, "999999", "999999.0"},
      {1e6, "1e+06", "1e+06"},
      {123456789, "1.23456789e+08", "1.23456789e+08"},
      {0.1, "0.1", "0.1"},
      {1e-5, "1e-05", "1e-05"},
      {5e-324, "5e-324", "5e-324"},
      {std::numeric_limits<double>::infinity(), "+Inf", "+Inf"},
      {-std::numeric_limits<double>::infinity(), "-Inf", "-Inf"},
      {std::numeric_limits<double>::quiet_NaN(), "NaN", "NaN"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    Registry registry;
    registry.gauge("g", "G.").set(c.value);
    EXPECT_EQ(expose_text(registry.collect()), "# HELP g G.\n# TYPE g gauge\ng " + c.text + "\n");
    EXPECT_EQ(expose_openmetrics(registry.collect()),
              "# HELP g G.\n# TYPE g gauge\ng " + c.openmetrics + "\n# EOF\n");
  }
}

TEST(Exposition, WritesHistogramsWithCumulativeBuckets) {
  Registry registry;
  const Histogram histogram = registry.histograms("h", "H.", {0.5, 1}).with({{"op", "get"}});
  histogram.observe(1);
  histogram.observe(7);
  EXPECT_EQ(expose_text(registry.collect()),
            "# HELP h H.\n# TYPE h histogram\n"
            "h_bucket{op=\"get\",le=\"0.5\"} 0\nh_bucket{op=\"get\",le=\"1\"} "
            "1\nh_bucket{op=\"get\",le=\"+Inf\"} 2\n"
            "h_sum{op=\"get\"} 8\nh_count{op=\"get\"} 2\n");
  EXPECT_EQ(expose_openmetrics(registry.collect()),
            "# HELP h H.\n# TYPE h histogram\n"
            "h_bucket{op=\"get\",le=\"0.5\"} 0\nh_bucket{op=\"get\",le=\"1.0\"} "
            "1\nh_bucket{op=\"get\",le=\"+Inf\"} 2\n"
            "h_sum{op=\"get\"} 8.0\nh_count{op=\"get\"} 2\n# EOF\n");
}

TEST(Exposition, NamesOpenMetricsCountersWithoutTheirSuffix) {
  Registry registry;
  registry.counter("good_total", "Good.").increment();
  registry.counter("odd", "Odd.").increment();
  EXPECT_EQ(expose_openmetrics(registry.collect()),
            "# HELP good Good.\n# TYPE good counter\ngood_total 1.0\n# HELP odd Odd.\n# TYPE odd "
            "unknown\nodd 1.0\n# EOF\n");
}

TEST(Exposition, WritesSummariesUntypedAndHistogramsWithoutALastBucket) {
  prometheus::MetricFamily summary{
      "s", "S.", prometheus::MetricType::Summary, {prometheus::ClientMetric{}}};
  summary.metric[0].summary = {3, 6, {{0.5, 2}}};
  prometheus::MetricFamily untyped{
      "u", "U.", prometheus::MetricType::Untyped, {prometheus::ClientMetric{}}};
  untyped.metric[0].untyped.value = 4;
  prometheus::MetricFamily histogram{
      "h", "H.", prometheus::MetricType::Histogram, {prometheus::ClientMetric{}}};
  histogram.metric[0].histogram = {2, 3, {{1, 1.5}}};
  EXPECT_EQ(expose_text({summary, untyped, histogram}),
            "# HELP h H.\n# TYPE h histogram\nh_bucket{le=\"1.5\"} 1\nh_bucket{le=\"+Inf\"} "
            "2\nh_sum 3\nh_count 2\n"
            "# HELP s S.\n# TYPE s summary\ns{quantile=\"0.5\"} 2\ns_sum 6\ns_count 3\n"
            "# HELP u U.\n# TYPE u untyped\nu 4\n");
}

TEST(Exposition, LeavesOutFamiliesWithoutMetrics) {
  Registry registry;
  registry.counters("none_total", "None.");
  EXPECT_EQ(expose_text(registry.collect()), "");
  EXPECT_EQ(expose_openmetrics({}), "# EOF\n");
}

}  // namespace
}  // namespace strata::telemetry
