#include "telemetry/exposition.h"

#include <fmt/format.h>
#include <prometheus/metric_family.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "telemetry/number.h"

namespace strata::telemetry {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Label = ClientMetric::Label;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

enum class Dialect { kText, kOpenMetrics };

bool is_before(const ClientMetric& a, const ClientMetric& b) {
  if (a.label.size() != b.label.size()) {
    return a.label.size() < b.label.size();
  }
  return std::lexicographical_compare(
      a.label.begin(), a.label.end(), b.label.begin(), b.label.end(),
      [](const Label& x, const Label& y) { return x.value < y.value; });
}

void sort(std::vector<MetricFamily>& families) {
  for (MetricFamily& family : families) {
    for (ClientMetric& metric : family.metric) {
      std::sort(metric.label.begin(), metric.label.end());
    }
    std::stable_sort(family.metric.begin(), family.metric.end(), is_before);
  }
  std::stable_sort(families.begin(), families.end(),
                   [](const MetricFamily& a, const MetricFamily& b) { return a.name < b.name; });
}

class Page {
 public:
  explicit Page(Dialect dialect) : dialect_(dialect) {}

  void add(const MetricFamily& family);
  std::string finish();

 private:
  bool is_openmetrics() const { return dialect_ == Dialect::kOpenMetrics; }
  std::string escaped(std::string_view text, bool quotes_too) const;
  std::string number(double value) const;
  std::string count(std::uint64_t value) const;
  std::string_view type_name(const MetricFamily& family) const;
  void add_metric(const MetricFamily& family, const ClientMetric& metric);
  void add_histogram(const MetricFamily& family, const ClientMetric& metric);
  void add_summary(const MetricFamily& family, const ClientMetric& metric);

  struct Sample {
    std::string_view ending = "";
    std::string_view extra_label = "";
    double extra_value = 0;
    std::string value;
  };
  void line(const MetricFamily& family, const ClientMetric& metric, const Sample& sample);

  const Dialect dialect_;
  std::string out_;
};

std::string Page::escaped(std::string_view text, bool quotes_too) const {
  std::string result;
  for (const char c : text) {
    if (c == '\n') {
      result += "\\n";
    } else if (c == '\\' || (c == '"' && quotes_too)) {
      result += '\\';
      result += c;
    } else {
      result += c;
    }
  }
  return result;
}

std::string Page::number(double value) const {
  std::string text = format_go_g(value);
  if (is_openmetrics() && std::isfinite(value) && text.find_first_of("e.") == std::string::npos) {
    text += ".0";
  }
  return text;
}

// The text format knows floats only, so that large counts get an exponent there.
std::string Page::count(std::uint64_t value) const {
  return is_openmetrics() ? fmt::to_string(value) : format_go_g(static_cast<double>(value));
}

std::string_view Page::type_name(const MetricFamily& family) const {
  switch (family.type) {
    case MetricType::Counter:
      return is_openmetrics() && !family.name.ends_with("_total") ? "unknown" : "counter";
    case MetricType::Gauge:
      return "gauge";
    case MetricType::Summary:
      return "summary";
    case MetricType::Histogram:
      return "histogram";
    case MetricType::Untyped:
      break;
  }
  return is_openmetrics() ? "unknown" : "untyped";
}

void Page::line(const MetricFamily& family, const ClientMetric& metric, const Sample& sample) {
  out_ += family.name;
  out_ += sample.ending;
  char separator = '{';
  for (const Label& label : metric.label) {
    out_ += fmt::format("{}{}=\"{}\"", separator, label.name, escaped(label.value, true));
    separator = ',';
  }
  if (!sample.extra_label.empty()) {
    out_ += fmt::format("{}{}=\"{}\"", separator, sample.extra_label, number(sample.extra_value));
    separator = ',';
  }
  out_ += separator == ',' ? "} " : " ";
  out_ += sample.value;
  out_ += '\n';
}

void Page::add_histogram(const MetricFamily& family, const ClientMetric& metric) {
  const auto& histogram = metric.histogram;
  const auto add_bucket = [&](double bound, std::uint64_t cumulative) {
    line(family, metric,
         {.ending = "_bucket",
          .extra_label = "le",
          .extra_value = bound,
          .value = count(cumulative)});
  };
  for (const ClientMetric::Bucket& bucket : histogram.bucket) {
    add_bucket(bucket.upper_bound, bucket.cumulative_count);
  }
  if (histogram.bucket.empty() || histogram.bucket.back().upper_bound != kInfinity) {
    add_bucket(kInfinity, histogram.sample_count);
  }
  line(family, metric, {.ending = "_sum", .value = number(histogram.sample_sum)});
  line(family, metric, {.ending = "_count", .value = count(histogram.sample_count)});
}

void Page::add_summary(const MetricFamily& family, const ClientMetric& metric) {
  for (const ClientMetric::Quantile& quantile : metric.summary.quantile) {
    line(family, metric,
         {.extra_label = "quantile",
          .extra_value = quantile.quantile,
          .value = number(quantile.value)});
  }
  line(family, metric, {.ending = "_sum", .value = number(metric.summary.sample_sum)});
  line(family, metric, {.ending = "_count", .value = count(metric.summary.sample_count)});
}

void Page::add_metric(const MetricFamily& family, const ClientMetric& metric) {
  switch (family.type) {
    case MetricType::Counter:
      line(family, metric, {.value = number(metric.counter.value)});
      return;
    case MetricType::Gauge:
      line(family, metric, {.value = number(metric.gauge.value)});
      return;
    case MetricType::Untyped:
      line(family, metric, {.value = number(metric.untyped.value)});
      return;
    case MetricType::Summary:
      add_summary(family, metric);
      return;
    case MetricType::Histogram:
      add_histogram(family, metric);
      return;
  }
}

void Page::add(const MetricFamily& family) {
  if (family.metric.empty()) {
    return;
  }
  std::string_view name = family.name;
  if (is_openmetrics() && family.type == MetricType::Counter && name.ends_with("_total")) {
    name.remove_suffix(std::string_view("_total").size());
  }
  out_ += fmt::format("# HELP {} {}\n", name, escaped(family.help, is_openmetrics()));
  out_ += fmt::format("# TYPE {} {}\n", name, type_name(family));
  for (const ClientMetric& metric : family.metric) {
    add_metric(family, metric);
  }
}

std::string Page::finish() {
  if (is_openmetrics()) {
    out_ += "# EOF\n";
  }
  return std::move(out_);
}

std::string expose(std::vector<MetricFamily> families, Dialect dialect) {
  sort(families);
  Page page(dialect);
  for (const MetricFamily& family : families) {
    page.add(family);
  }
  return page.finish();
}

}  // namespace

std::string expose_text(std::vector<MetricFamily> families) {
  return expose(std::move(families), Dialect::kText);
}

std::string expose_openmetrics(std::vector<MetricFamily> families) {
  return expose(std::move(families), Dialect::kOpenMetrics);
}

}  // namespace strata::telemetry
