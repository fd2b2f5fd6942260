#pragma once

#include <string>
#include <vector>

namespace prometheus {
struct MetricFamily;
}

namespace strata::telemetry {

// Families by name, metrics by the number of their labels and then by the labels' values, as
// client_golang gathers them. Families without a metric are left out.
std::string expose_text(std::vector<prometheus::MetricFamily> families);
std::string expose_openmetrics(std::vector<prometheus::MetricFamily> families);

}  // namespace strata::telemetry
