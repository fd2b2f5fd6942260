#include "telemetry/metrics.h"

#include <fmt/format.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <algorithm>
#include <stdexcept>

#include "base/error.h"

namespace strata::telemetry {
namespace {

// The library reports wrong names and labels as std::invalid_argument.
template <typename Call>
decltype(auto) naming(const std::string& metric, const Call& call) {
  try {
    return call();
  } catch (const std::invalid_argument& error) {
    throw Error(ErrorKind::kInvalid, fmt::format("metric {}: {}", metric, error.what()));
  }
}

template <typename Metric, typename... Arguments>
Metric& add(prometheus::Family<Metric>& family, const Labels& labels,
            const Arguments&... arguments) {
  return naming(family.GetName(), [&]() -> Metric& { return family.Add(labels, arguments...); });
}

template <typename Metric, typename... Arguments>
void remove_from(prometheus::Family<Metric>& family, const Labels& labels,
                 const Arguments&... arguments) {
  if (family.Has(labels)) {
    family.Remove(&add(family, labels, arguments...));
  }
}

template <typename Builder>
auto& register_family(Builder builder, const std::string& name, const std::string& help,
                      prometheus::Registry& registry) {
  return naming(name, [&]() -> auto& { return builder.Name(name).Help(help).Register(registry); });
}

bool has_labels(const prometheus::ClientMetric& metric, const Labels& labels) {
  return metric.label.size() == labels.size() &&
         std::all_of(metric.label.begin(), metric.label.end(),
                     [&](const prometheus::ClientMetric::Label& label) {
                       const auto found = labels.find(label.name);
                       return found != labels.end() && found->second == label.value;
                     });
}

std::optional<double> value_as(const prometheus::MetricFamily& family,
                               const prometheus::ClientMetric& metric, std::string_view name) {
  const std::string_view ending = name.substr(std::min(name.size(), family.name.size()));
  if (!name.starts_with(family.name)) {
    return std::nullopt;
  }
  if (family.type == prometheus::MetricType::Counter && ending.empty()) {
    return metric.counter.value;
  }
  if (family.type == prometheus::MetricType::Gauge && ending.empty()) {
    return metric.gauge.value;
  }
  if (family.type == prometheus::MetricType::Histogram && ending == "_sum") {
    return metric.histogram.sample_sum;
  }
  if (family.type == prometheus::MetricType::Histogram && ending == "_count") {
    return static_cast<double>(metric.histogram.sample_count);
  }
  return std::nullopt;
}

}  // namespace

void Counter::increment(double by) const {
  metric_->Increment(by);
}
double Counter::value() const {
  return metric_->Value();
}

void Gauge::set(double value) const {
  metric_->Set(value);
}
void Gauge::add(double by) const {
  metric_->Increment(by);
}
double Gauge::value() const {
  return metric_->Value();
}

void Histogram::observe(double value) const {
  metric_->Observe(value);
}

Counter CounterFamily::with(const Labels& labels) const {
  return Counter(add(*family_, labels));
}
void CounterFamily::remove(const Labels& labels) const {
  remove_from(*family_, labels);
}

Gauge GaugeFamily::with(const Labels& labels) const {
  return Gauge(add(*family_, labels));
}
void GaugeFamily::remove(const Labels& labels) const {
  remove_from(*family_, labels);
}

HistogramFamily::HistogramFamily(prometheus::Family<prometheus::Histogram>& family,
                                 std::vector<double> bounds)
    : family_(&family), bounds_(std::move(bounds)) {}
Histogram HistogramFamily::with(const Labels& labels) const {
  return Histogram(add(*family_, labels, bounds_));
}
void HistogramFamily::remove(const Labels& labels) const {
  remove_from(*family_, labels, bounds_);
}

Registry::Registry() : registry_(std::make_unique<prometheus::Registry>()) {}
Registry::~Registry() = default;

CounterFamily Registry::counters(const std::string& name, const std::string& help) {
  return CounterFamily(register_family(prometheus::BuildCounter(), name, help, *registry_));
}

GaugeFamily Registry::gauges(const std::string& name, const std::string& help) {
  return GaugeFamily(register_family(prometheus::BuildGauge(), name, help, *registry_));
}

HistogramFamily Registry::histograms(const std::string& name, const std::string& help,
                                     std::vector<double> bounds) {
  if (!std::is_sorted(bounds.begin(), bounds.end())) {
    throw_invalid(fmt::format("metric {}: bucket bounds do not ascend", name));
  }
  return {register_family(prometheus::BuildHistogram(), name, help, *registry_), std::move(bounds)};
}

Counter Registry::counter(const std::string& name, const std::string& help, const Labels& labels) {
  return counters(name, help).with(labels);
}

Gauge Registry::gauge(const std::string& name, const std::string& help, const Labels& labels) {
  return gauges(name, help).with(labels);
}

std::vector<prometheus::MetricFamily> Registry::collect() const {
  return registry_->Collect();
}

std::optional<double> read_value(const Registry& registry, std::string_view name,
                                 const Labels& labels) {
  for (const prometheus::MetricFamily& family : registry.collect()) {
    for (const prometheus::ClientMetric& metric : family.metric) {
      if (const auto value = value_as(family, metric, name); value && has_labels(metric, labels)) {
        return value;
      }
    }
  }
  return std::nullopt;
}

}  // namespace strata::telemetry
