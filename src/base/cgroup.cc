#include "base/cgroup.h"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace strata {
namespace {

namespace fs = std::filesystem;

std::optional<std::string> first_line(const fs::path& path) {
  std::ifstream in(path);
  std::string line;
  if (!std::getline(in, line)) {
    return std::nullopt;
  }
  return line;
}

std::optional<double> number(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || value <= 0) {
    return std::nullopt;
  }
  return value;
}

// The folders from the process's own group up to the mount, for one controller ("" is v2).
std::vector<fs::path> group_folders(const fs::path& root, const std::string& controller) {
  std::ifstream in(root / "proc/self/cgroup");
  const fs::path mount = root / "sys/fs/cgroup" / controller;
  std::vector<fs::path> folders;
  for (std::string line; std::getline(in, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) {
      continue;
    }
    const std::string names = "," + line.substr(first + 1, second - first - 1) + ",";
    const bool wanted = controller.empty()
                            ? names == ",,"
                            : names.find("," + controller + ",") != std::string::npos;
    if (!wanted) {
      continue;
    }
    fs::path relative = fs::path(line.substr(second + 1)).relative_path();
    while (true) {
      folders.push_back(mount / relative);
      if (relative.empty() || relative == relative.parent_path()) {
        break;
      }
      relative = relative.parent_path();
    }
  }
  folders.push_back(mount);
  return folders;
}

unsigned affinity_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) {
    return 1;
  }
  return static_cast<unsigned>(std::max(1, CPU_COUNT(&set)));
}

void tighten_cpus(ResourceLimits& limits, double quota, double period) {
  const auto granted = static_cast<unsigned>(std::max(1.0, (quota + period - 1) / period));
  limits.cpus = std::min(limits.cpus, granted);
}

void tighten_memory(ResourceLimits& limits, double bytes) {
  // Without a limit v1 shows a number near 2^63.
  if (bytes < 9e18) {
    const auto value = static_cast<std::uint64_t>(bytes);
    limits.memory_bytes = std::min(limits.memory_bytes.value_or(value), value);
  }
}

}  // namespace

ResourceLimits resource_limits(const fs::path& root) {
  ResourceLimits limits{.cpus = affinity_cpus(), .memory_bytes = std::nullopt};
  for (const auto& folder : group_folders(root, "")) {
    if (const auto line = first_line(folder / "cpu.max")) {
      std::istringstream fields(*line);
      std::string quota, period;
      fields >> quota >> period;
      if (const auto q = number(quota), p = number(period); q && p) {
        tighten_cpus(limits, *q, *p);
      }
    }
    if (const auto line = first_line(folder / "memory.max")) {
      if (const auto bytes = number(*line)) {
        tighten_memory(limits, *bytes);
      }
    }
  }
  for (const auto& folder : group_folders(root, "cpu")) {
    const auto quota = first_line(folder / "cpu.cfs_quota_us");
    const auto period = first_line(folder / "cpu.cfs_period_us");
    if (quota && period) {
      if (const auto q = number(*quota), p = number(*period); q && p) {
        tighten_cpus(limits, *q, *p);
      }
    }
  }
  for (const auto& folder : group_folders(root, "memory")) {
    if (const auto line = first_line(folder / "memory.limit_in_bytes")) {
      if (const auto bytes = number(*line)) {
        tighten_memory(limits, *bytes);
      }
    }
  }
  return limits;
}

}  // namespace strata
