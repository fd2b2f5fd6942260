#include "cmd/process_share.h"

#include <unistd.h>

#include "base/cgroup.h"

namespace strata::cmd {
namespace {

constexpr std::uint64_t kDefaultMemory = std::uint64_t{64} << 20;

std::uint64_t memory_by_default(const CommonFlags& common, const ResourceLimits& limits) {
  if (!common.auto_memory_limit) {
    return kDefaultMemory;
  }
  const std::uint64_t machine = static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) *
                                static_cast<std::uint64_t>(sysconf(_SC_PAGE_SIZE));
  const auto granted = static_cast<double>(limits.memory_bytes.value_or(machine));
  return static_cast<std::uint64_t>(granted * common.auto_memory_ratio);
}

}  // namespace

ProcessShare process_share(const CommonFlags& common, std::optional<std::uint64_t> memory,
                           std::int64_t threads) {
  const ResourceLimits limits = resource_limits();
  return {.memory = memory ? *memory : memory_by_default(common, limits),
          .threads = threads > 0 ? static_cast<unsigned>(threads) : limits.cpus};
}

}  // namespace strata::cmd
