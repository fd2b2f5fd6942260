#pragma once

#include <cstdint>
#include <optional>

#include "cmd/program_flags.h"

namespace strata::cmd {

// What the process takes of the machine.
struct ProcessShare {
  std::uint64_t memory = 0;  // bytes of buffers
  unsigned threads = 1;
};

// As the flags say; else 64 MiB (or, with --enable-auto-gomemlimit, its part of what the control
// group or the machine has) and as many threads as the control group grants. `threads`: 0 for that.
ProcessShare process_share(const CommonFlags& common, std::optional<std::uint64_t> memory,
                           std::int64_t threads);

}  // namespace strata::cmd
