#pragma once

#include <string>
#include <vector>

#include "cmd/environment.h"

namespace strata::cmd {

// The whole program: parses the arguments (without the program's name), runs the command, returns
// the exit status.
int run_program(const std::vector<std::string>& arguments, Environment& environment);

}  // namespace strata::cmd
