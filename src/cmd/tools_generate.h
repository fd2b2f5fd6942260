#pragma once

#include "cmd/command.h"

namespace strata::cmd {

// `strata tools generate`: blocks of synthetic metrics in a directory that is laid out as a bucket.
void add_tools_generate(Command& tools);

}  // namespace strata::cmd
