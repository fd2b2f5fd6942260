#pragma once

#include "cmd/command.h"
#include "cmd/program_flags.h"

namespace strata::cmd {

// `strata compact`. `common` outlives the run of the command.
void add_compact_command(Command& root, const CommonFlags& common);

}  // namespace strata::cmd
