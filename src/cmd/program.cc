#include "cmd/program.h"

#include "cmd/compact_command.h"
#include "cmd/program_flags.h"
#include "cmd/tools_block.h"
#include "cmd/tools_bucket.h"
#include "cmd/tools_generate.h"

namespace strata::cmd {

int run_program(const std::vector<std::string>& arguments, Environment& environment) {
  CommonFlags common;
  const auto add_commands = [&common](Command& root) {
    add_common_flags(root, common);
    add_compact_command(root, common);
    Command tools = root.add_command("tools", "Work on buckets and blocks");
    add_tools_bucket(tools, common);
    add_tools_block(tools);
    add_tools_generate(tools);
  };
  return run_command_line(arguments, add_commands, environment);
}

}  // namespace strata::cmd
