#pragma once

#include "cmd/command.h"

namespace strata::cmd {

// `strata tools block`: single blocks in local directories.
void add_tools_block(Command& tools);

}  // namespace strata::cmd
