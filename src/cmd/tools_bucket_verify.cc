#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <ostream>

#include "base/cgroup.h"
#include "base/error.h"
#include "cmd/exit_status.h"
#include "cmd/tools_bucket.h"
#include "tools/verify.h"

namespace strata::cmd {
namespace {

struct VerifyFlags {
  std::vector<std::string> ids;
  bool index_only = false;
  std::int64_t threads = 0;
  std::uint64_t memory = 0;
};

int run_verify(const BucketFlags& shared, const VerifyFlags& flags, Environment& environment) {
  tools::BucketVerifyOptions options{
      .ids = {},
      .chunks = !flags.index_only,
      .threads = flags.threads == 0 ? resource_limits().cpus : static_cast<unsigned>(flags.threads),
      .memory = flags.memory,
      .spill_directory = std::filesystem::temp_directory_path()};
  for (const std::string& text : flags.ids) {
    const auto id = Ulid::parse(text);
    if (!id) {
      throw_invalid(fmt::format("--id: \"{}\" is not a valid ULID", text));
    }
    options.ids.push_back(*id);
  }
  BucketSession session(shared, environment);
  const bool good = tools::verify_bucket(environment.stop, *session.bucket, session.clock, options,
                                         environment.out);
  if (!good) {
    environment.err << "strata: the bucket has faults; the report names them\n";
  }
  return good ? kSuccess : kFailure;
}

}  // namespace

void add_tools_bucket_verify(Command& bucket, const SharedBucketFlags& shared) {
  Command verify = bucket.add_command(
      "verify", "Read every block and report what is wrong, as JSON; blocks are not changed");
  const auto flags = std::make_shared<VerifyFlags>();
  verify.add_strings({.name = "id", .help = "Only this block; may be repeated"}, flags->ids);
  verify.add_bool({.name = "index-only", .help = "Leave the chunks unread"}, flags->index_only);
  verify.add_int(
      {.name = "threads", .help = "Blocks at a time, 0 for the CPUs granted", .fallback = "0"},
      flags->threads);
  verify.add_bytes({.name = "memory-budget", .help = "Most bytes of buffers", .fallback = "64MiB"},
                   flags->memory);
  verify.set_body([flags, shared](Environment& environment) {
    return run_verify(*shared, *flags, environment);
  });
}

}  // namespace strata::cmd
