#include "cmd/program.h"

#include <memory>

#include "cmd/common_flags.h"
#include "cmd/compact_command.h"

namespace strata::cmd {

int run_program(const std::vector<std::string>& arguments, Environment& environment) {
  CommonFlags common;
  const auto add_commands = [&common](Command& root) {
    add_common_flags(root, common);
    add_compact_command(root, common);
  };
  return run_command_line(arguments, add_commands, environment);
}

}  // namespace strata::cmd
