#pragma once

#include <span>
#include <string>
#include <vector>

namespace strata::cmd {

// Replaces each "@file" by the lines of that file, one argument a line; blank lines and those that
// begin with '#' do not count. Lines may name files again. Arguments behind "--" stay as they are.
// Throws with the file's path.
std::vector<std::string> expand_argument_files(std::span<const std::string> arguments);

}  // namespace strata::cmd
