#include "generate/catalog.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

#include "generate/random.h"

namespace strata::generate {
namespace {

struct Axis {
  std::string name;
  std::vector<std::string> values;
};

// A family before its axes are multiplied out. `events` names what is counted: families with equal
// events and equal labels in front agree in their numbers, as a histogram's parts do.
struct Shape {
  std::string name;
  Kind kind;
  std::string events;
  std::vector<Axis> before;
  std::vector<Axis> after;
};

const std::vector<std::string> kHandlers = {"/api/v1/cart", "/api/v1/items", "/api/v1/login",
                                            "/api/v1/orders", "/healthz"};
const std::vector<std::string> kBounds = {"+Inf", "0.005", "0.01", "0.025", "0.05", "0.1", "0.25",
                                          "0.5",  "1",     "10",   "2.5",   "5",    "7.5"};

Axis container(std::string name) {
  return {"container", {std::move(name)}};
}

std::vector<Shape> http_shapes() {
  const Axis handler{"handler", kHandlers};
  const std::string events = "http_request_duration_seconds";
  return {
      {events + "_bucket", Kind::kBucket, events, {container("app"), handler}, {{"le", kBounds}}},
      {events + "_count", Kind::kCounter, events, {container("app"), handler}, {}},
      {events + "_sum", Kind::kSum, events, {container("app"), handler}, {}},
      {"http_requests_total",
       Kind::kCounter,
       "http_requests",
       {{"code", {"200", "400", "404", "500"}}, container("app"), handler},
       {{"method", {"GET", "POST"}}}},
      {"grpc_server_handled_total",
       Kind::kCounter,
       "grpc_handled",
       {{"code", {"Canceled", "DeadlineExceeded", "Internal", "OK", "Unavailable"}},
        container("app")},
       {{"method", {"Get", "Put"}}}},
  };
}

std::vector<Shape> process_shapes() {
  std::vector<Shape> shapes;
  const auto add = [&](std::string name, Kind kind, std::vector<Axis> after = {}) {
    shapes.push_back({name, kind, name, {container("app")}, std::move(after)});
  };
  add("process_cpu_seconds_total", Kind::kSeconds);
  add("process_open_fds", Kind::kLevel);
  add("process_max_fds", Kind::kConstant);
  add("process_resident_memory_bytes", Kind::kBytes);
  add("process_virtual_memory_bytes", Kind::kBytes);
  add("process_start_time_seconds", Kind::kStartTime);
  add("go_gc_duration_seconds", Kind::kRatio, {{"quantile", {"0", "0.25", "0.5", "0.75", "1"}}});
  add("go_gc_duration_seconds_count", Kind::kCounter);
  add("go_gc_duration_seconds_sum", Kind::kSum);
  add("go_goroutines", Kind::kLevel);
  add("go_info", Kind::kConstant, {{"version", {"go1.23.4"}}});
  add("go_memstats_alloc_bytes", Kind::kBytes);
  add("go_memstats_alloc_bytes_total", Kind::kCounter);
  add("go_memstats_heap_inuse_bytes", Kind::kBytes);
  add("go_memstats_heap_objects", Kind::kLevel);
  add("go_threads", Kind::kLevel);
  add("queue_depth", Kind::kLevel, {{"queue", {"high", "low"}}});
  add("cache_hit_ratio", Kind::kRatio);
  add("scrape_duration_seconds", Kind::kRatio);
  add("scrape_samples_scraped", Kind::kConstant);
  add("up", Kind::kConstant);
  return shapes;
}

std::vector<Shape> node_shapes() {
  std::vector<Shape> shapes;
  const auto add = [&](std::string name, Kind kind, std::vector<Axis> before,
                       std::vector<Axis> after = {}) {
    shapes.push_back({name, kind, name, std::move(before), std::move(after)});
  };
  add("node_cpu_seconds_total", Kind::kSeconds,
      {container("node-exporter"), {"cpu", {"0", "1", "2", "3"}}},
      {{"mode", {"idle", "iowait", "irq", "nice", "softirq", "steal", "system", "user"}}});
  const Axis device{"device", {"eth0", "lo"}};
  add("container_network_receive_bytes_total", Kind::kCounter, {container("app"), device});
  add("container_network_transmit_bytes_total", Kind::kCounter, {container("app"), device});
  add("container_cpu_usage_seconds_total", Kind::kSum, {container("app")});
  add("container_memory_working_set_bytes", Kind::kBytes, {container("app")});
  add("container_spec_memory_limit_bytes", Kind::kConstant, {container("app")});
  add("kube_pod_status_phase", Kind::kConstant, {container("state-metrics")},
      {{"phase", {"Failed", "Pending", "Running", "Succeeded", "Unknown"}}});
  add("kube_pod_container_resource_limits", Kind::kConstant, {container("state-metrics")},
      {{"resource", {"cpu", "memory"}}});
  return shapes;
}

std::vector<Shape> all_shapes() {
  std::vector<Shape> shapes = http_shapes();
  for (auto& more : {process_shapes(), node_shapes()}) {
    shapes.insert(shapes.end(), more.begin(), more.end());
  }
  return shapes;
}

Shape native_shape(std::uint64_t size) {
  Axis handler{"handler", {}};
  for (std::uint64_t i = 0; i < (size + 3) / 4; ++i) {
    handler.values.push_back(fmt::format("/shop.v1.Orders/Call{:03}", i));
  }
  const std::string name = "rpc_server_duration_seconds";
  return {name,
          Kind::kNative,
          name,
          {{"code", {"Internal", "OK", "Unavailable", "Unknown"}}, container("app"), handler},
          {}};
}

std::vector<std::vector<std::string>> product(const std::vector<Axis>& axes) {
  std::vector<std::vector<std::string>> rows = {{}};
  for (const Axis& axis : axes) {
    std::vector<std::vector<std::string>> longer;
    for (const auto& row : rows) {
      for (const auto& value : axis.values) {
        longer.push_back(row);
        longer.back().push_back(value);
      }
    }
    rows = std::move(longer);
  }
  std::ranges::sort(rows);
  return rows;
}

std::vector<std::string> names(const std::vector<Axis>& axes) {
  std::vector<std::string> result;
  for (const Axis& axis : axes) {
    result.push_back(axis.name);
  }
  return result;
}

std::uint64_t text_key(std::string_view text) {
  std::uint64_t key = text.size();
  for (const char c : text) {
    key = mix(key, static_cast<std::uint64_t>(static_cast<unsigned char>(c)));
  }
  return key;
}

// Share of the requests that take at most `bound` seconds: a curve with a long tail.
double share_below(const std::string& bound, std::uint64_t events) {
  if (bound == "+Inf") {
    return 1;
  }
  double seconds = 0;
  std::from_chars(bound.data(), bound.data() + bound.size(), seconds);
  const double median = 0.01 * static_cast<double>(1 + events % 40);
  const double ratio = seconds / median;
  return ratio * ratio / (1 + ratio * ratio);
}

Family multiply_out(const Shape& shape) {
  Family family{shape.name, shape.kind, names(shape.before), names(shape.after), {}};
  for (auto& values : product(shape.before)) {
    Group group;
    std::uint64_t events = text_key(shape.events);
    for (const auto& value : values) {
      events = mix(events, text_key(value));
    }
    for (auto& after : product(shape.after)) {
      Leaf leaf{std::move(after), 0, 1, events};
      if (shape.kind == Kind::kBucket) {
        leaf.share = share_below(leaf.values[0], events);
      } else {
        for (const auto& value : leaf.values) {
          leaf.events = mix(leaf.events, text_key(value));
        }
      }
      group.leaves.push_back(std::move(leaf));
    }
    group.values = std::move(values);
    family.groups.push_back(std::move(group));
  }
  return family;
}

// A step without a common divisor spreads neighbours over the whole range.
std::uint64_t stride(std::uint64_t size) {
  auto step = static_cast<std::uint64_t>(static_cast<double>(size) * 0.618);
  while (step < 1 || std::gcd(step, size) != 1) {
    ++step;
  }
  return step;
}

template <class Keep>
void keep_leaves(std::vector<Family>& families, Keep keep) {
  for (Family& family : families) {
    for (Group& group : family.groups) {
      std::erase_if(group.leaves, [&](Leaf& leaf) { return !keep(leaf); });
    }
    std::erase_if(family.groups, [](const Group& group) { return group.leaves.empty(); });
  }
  std::erase_if(families, [](const Family& family) { return family.groups.empty(); });
}

std::uint64_t count_leaves(const std::vector<Family>& families) {
  std::uint64_t count = 0;
  for (const Family& family : families) {
    for (const Group& group : family.groups) {
      count += group.leaves.size();
    }
  }
  return count;
}

// Numbers the leaves so that any prefix of the numbers is a mixture of families.
void spread_priorities(std::vector<Family>& families) {
  const std::uint64_t size = count_leaves(families);
  const std::uint64_t step = stride(size);
  std::uint64_t position = 0;
  for (Family& family : families) {
    for (Group& group : family.groups) {
      for (Leaf& leaf : group.leaves) {
        leaf.priority = static_cast<unsigned>(position++ * step % size);
      }
    }
  }
}

std::vector<Family> classic_families() {
  std::vector<Family> families;
  for (const Shape& shape : all_shapes()) {
    families.push_back(multiply_out(shape));
  }
  return families;
}

}  // namespace

std::uint64_t Catalog::full_size() {
  static const std::uint64_t size = count_leaves(classic_families());
  return size;
}

Catalog::Catalog(double native_share, std::uint64_t most) {
  const auto natives =
      static_cast<std::uint64_t>(std::llround(native_share * static_cast<double>(full_size())));
  std::vector<Family> families = classic_families();
  spread_priorities(families);
  keep_leaves(families, [&](const Leaf& leaf) { return leaf.priority < full_size() - natives; });
  if (natives > 0) {
    std::vector<Family> native = {multiply_out(native_shape(natives))};
    std::uint64_t seen = 0;
    keep_leaves(native, [&](const Leaf&) { return seen++ < natives; });
    families.push_back(std::move(native.front()));
  }
  spread_priorities(families);
  keep_leaves(families, [&](const Leaf& leaf) { return leaf.priority < most; });
  std::ranges::sort(families, {}, &Family::name);
  families_ = std::move(families);
}

std::vector<std::string> Catalog::symbols() const {
  std::vector<std::string> result;
  const auto add = [&](const std::vector<std::string>& more) {
    result.insert(result.end(), more.begin(), more.end());
  };
  for (const Family& family : families_) {
    result.push_back(family.name);
    add(family.names_before);
    add(family.names_after);
    for (const Group& group : family.groups) {
      add(group.values);
      for (const Leaf& leaf : group.leaves) {
        add(leaf.values);
      }
    }
  }
  return result;
}

}  // namespace strata::generate
