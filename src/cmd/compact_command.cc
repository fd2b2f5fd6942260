#include "cmd/compact_command.h"

#include <fmt/format.h>

#include <memory>

#include "cmd/compact_flags.h"
#include "cmd/exit_status.h"

namespace strata::cmd {
namespace {

int run_compact(const CommonFlags& common, const CompactFlags& flags,
                const std::vector<std::string>& given, Environment& environment) {
  check_common_flags(common);
  check_compact_flags(flags);
  (void)given;
  (void)environment;
  return kSuccess;
}

}  // namespace

void add_compact_command(Command& root, const CommonFlags& common) {
  Command command = root.add_command("compact", "Compact the blocks of a bucket, once");
  const auto flags = std::make_shared<CompactFlags>();
  add_compact_flags(command, *flags);
  command.set_body([command, flags, &common](Environment& environment) {
    return run_compact(common, *flags, command.given_flags(), environment);
  });
}

}  // namespace strata::cmd
