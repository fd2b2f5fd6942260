#include "telemetry/metrics.h"

#include <gtest/gtest.h>
#include <prometheus/metric_family.h>

#include "base/error.h"

namespace strata::telemetry {
namespace {

TEST(Metrics, CountsUpAndIgnoresNegativeSteps) {
  Registry registry;
  const Counter counter = registry.counter("jobs_total", "Jobs.");
  EXPECT_EQ(read_value(registry, "jobs_total"), 0);
  counter.increment();
  counter.increment(2.5);
  counter.increment(-1);
  EXPECT_EQ(read_value(registry, "jobs_total"), 3.5);
  EXPECT_EQ(counter.value(), 3.5);
}

TEST(Metrics, SetsGauges) {
  Registry registry;
  const Gauge gauge = registry.gauge("halted", "Halted.", {{"group", "a"}});
  gauge.set(5);
  gauge.add(-7);
  EXPECT_EQ(read_value(registry, "halted", {{"group", "a"}}), -2);
}

TEST(Metrics, KeepsLabelSetsApart) {
  Registry registry;
  const CounterFamily family = registry.counters("blocks_total", "Blocks.");
  family.with({{"marker", "x"}, {"reason", ""}}).increment();
  family.with({{"reason", ""}, {"marker", "x"}}).increment();
  family.with({{"marker", "y"}, {"reason", ""}});
  EXPECT_EQ(read_value(registry, "blocks_total", {{"marker", "x"}, {"reason", ""}}), 2);
  EXPECT_EQ(read_value(registry, "blocks_total", {{"marker", "y"}, {"reason", ""}}), 0);
  EXPECT_EQ(read_value(registry, "blocks_total", {{"marker", "x"}}), std::nullopt);
  EXPECT_EQ(read_value(registry, "blocks_total"), std::nullopt);
}

TEST(Metrics, RemovesOneLabelSet) {
  Registry registry;
  const GaugeFamily gauges = registry.gauges("g", "G.");
  gauges.with({{"a", "1"}}).set(1);
  gauges.with({{"a", "2"}}).set(2);
  gauges.remove({{"a", "1"}});
  gauges.remove({{"a", "3"}});
  EXPECT_EQ(read_value(registry, "g", {{"a", "1"}}), std::nullopt);
  EXPECT_EQ(read_value(registry, "g", {{"a", "2"}}), 2);
  EXPECT_EQ(registry.collect().at(0).metric.size(), 1U);
}

TEST(Metrics, ObservesIntoHistograms) {
  Registry registry;
  const HistogramFamily family = registry.histograms("seconds", "Seconds.", {1, 2});
  family.with({{"op", "get"}}).observe(1);
  family.with({{"op", "get"}}).observe(9);
  EXPECT_EQ(read_value(registry, "seconds_count", {{"op", "get"}}), 2);
  EXPECT_EQ(read_value(registry, "seconds_sum", {{"op", "get"}}), 10);
  EXPECT_EQ(read_value(registry, "seconds", {{"op", "get"}}), std::nullopt);
  const auto families = registry.collect();
  const auto& buckets = families.at(0).metric.at(0).histogram.bucket;
  ASSERT_EQ(buckets.size(), 3U);
  EXPECT_EQ(buckets[0].cumulative_count, 1U);
  EXPECT_EQ(buckets[2].cumulative_count, 2U);
}

TEST(Metrics, GivesTheSameMetricForTheSameName) {
  Registry registry;
  registry.counter("twice_total", "Twice.").increment();
  registry.counter("twice_total", "Twice.").increment();
  EXPECT_EQ(read_value(registry, "twice_total"), 2);
}

TEST(Metrics, RefusesWrongNamesAndTypes) {
  Registry registry;
  registry.counter("taken", "Taken.");
  EXPECT_THROW(registry.gauge("taken", "Taken."), Error);
  EXPECT_THROW(registry.counter("with space", "X."), Error);
  EXPECT_THROW(registry.counter("fine", "X.", {{"bad-label", "v"}}), Error);
  EXPECT_THROW(registry.histograms("h", "X.", {2, 1}), Error);
}

}  // namespace
}  // namespace strata::telemetry
