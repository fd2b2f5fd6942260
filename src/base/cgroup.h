#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace strata {

// What the control group of this process grants, not what the machine has. cgroup v2 first, then
// v1; nested groups count with their tightest limit. `root` is for tests.
struct ResourceLimits {
  unsigned cpus = 1;  // quota rounded up, at most the affinity mask, at least 1
  std::optional<std::uint64_t> memory_bytes;  // empty: no limit set
};

ResourceLimits resource_limits(const std::filesystem::path& root = "/");

}  // namespace strata
