#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
class Registry;
struct MetricFamily;
template <typename T>
class Family;
}  // namespace prometheus

namespace strata::telemetry {

using Labels = std::map<std::string, std::string>;

// Handles: cheap to copy, safe from any thread, valid while the registry lives (and, of a family,
// until the labels are removed).
class Counter {
 public:
  explicit Counter(prometheus::Counter& metric) : metric_(&metric) {}
  void increment(double by = 1) const;  // a negative step is ignored
  double value() const;

 private:
  prometheus::Counter* metric_;
};

class Gauge {
 public:
  explicit Gauge(prometheus::Gauge& metric) : metric_(&metric) {}
  void set(double value) const;
  void add(double by) const;
  double value() const;

 private:
  prometheus::Gauge* metric_;
};

class Histogram {
 public:
  explicit Histogram(prometheus::Histogram& metric) : metric_(&metric) {}
  void observe(double value) const;

 private:
  prometheus::Histogram* metric_;
};

// One name with many label sets. with() makes the metric at its first use, which also makes it
// visible at 0.
class CounterFamily {
 public:
  explicit CounterFamily(prometheus::Family<prometheus::Counter>& family) : family_(&family) {}
  Counter with(const Labels& labels) const;
  void remove(const Labels& labels) const;

 private:
  prometheus::Family<prometheus::Counter>* family_;
};

class GaugeFamily {
 public:
  explicit GaugeFamily(prometheus::Family<prometheus::Gauge>& family) : family_(&family) {}
  Gauge with(const Labels& labels) const;
  void remove(const Labels& labels) const;

 private:
  prometheus::Family<prometheus::Gauge>* family_;
};

class HistogramFamily {
 public:
  HistogramFamily(prometheus::Family<prometheus::Histogram>& family, std::vector<double> bounds);
  Histogram with(const Labels& labels) const;
  void remove(const Labels& labels) const;

 private:
  prometheus::Family<prometheus::Histogram>* family_;
  std::vector<double> bounds_;
};

// Owns every metric. The same name asked for again gives the same metric; a name of another type,
// or one that is no metric name, is an invalid error.
class Registry {
 public:
  Registry();
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  CounterFamily counters(const std::string& name, const std::string& help);
  GaugeFamily gauges(const std::string& name, const std::string& help);
  // `bounds` ascend, without the last bucket of +Inf.
  HistogramFamily histograms(const std::string& name, const std::string& help,
                             std::vector<double> bounds);

  Counter counter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge gauge(const std::string& name, const std::string& help, const Labels& labels = {});

  std::vector<prometheus::MetricFamily> collect() const;

 private:
  std::unique_ptr<prometheus::Registry> registry_;
};

// The present value of a counter or a gauge, or with the endings _sum and _count of a histogram.
// Nothing if there is no metric of this name with exactly these labels.
std::optional<double> read_value(const Registry& registry, std::string_view name,
                                 const Labels& labels = {});

}  // namespace strata::telemetry
