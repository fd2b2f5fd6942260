#include "cmd/tools_block.h"

#include <charconv>
#include <memory>
#include <ostream>

#include "base/cgroup.h"
#include "base/duration.h"
#include "base/error.h"
#include "cmd/exit_status.h"
#include "tools/merge_directories.h"

namespace strata::cmd {
namespace {

struct MergeFlags {
  std::vector<std::string> arguments;
  std::string function;
  std::uint64_t segment_size = 0;
  std::uint64_t memory = 0;
  std::int64_t threads = 0;
};

// A number of bytes, or a size with a unit.
std::uint64_t parse_size(const std::string& text) {
  std::uint64_t bytes = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bytes);
  return error == std::errc() && end == text.data() + text.size() ? bytes : parse_bytes2(text);
}

int run_merge(const MergeFlags& flags, Environment& environment) {
  if (flags.arguments.size() < 2) {
    throw_invalid("tools block merge takes a directory for the result and at least one block");
  }
  if (flags.threads < 0) {
    throw_invalid("--threads must not be negative");
  }
  const SystemClock clock;
  UlidSource ulids(clock);
  MemoryBudget budget(flags.memory);
  const tools::MergeDirectoriesOptions options{
      .function = flags.function == "penalty" ? tsdb::MergeFunction::kPenalty
                                              : tsdb::MergeFunction::kOneToOne,
      .segment_size = flags.segment_size,
      .threads =
          flags.threads == 0 ? resource_limits().cpus : static_cast<unsigned>(flags.threads)};
  const std::vector<std::filesystem::path> inputs(flags.arguments.begin() + 1,
                                                  flags.arguments.end());
  const tools::MergedDirectory merged = tools::merge_directories(
      environment.stop, inputs, flags.arguments.front(), ulids, budget, options);
  if (merged.block) {
    environment.out << merged.block->to_string() << "\n";
  } else {
    environment.err << "strata: the blocks hold no sample; nothing was written\n";
  }
  return kSuccess;
}

}  // namespace

void add_tools_block(Command& tools) {
  Command block = tools.add_command("block", "Work on blocks in local directories");
  Command merge =
      block.add_command("merge", "Merge blocks into a new one below the first directory given");
  const auto flags = std::make_shared<MergeFlags>();
  merge.add_arguments("OUT IN...", "Directory for the result, then the blocks in order", 2,
                      flags->arguments);
  merge.add_choice(
      {.name = "deduplication.func",
       .help = "How samples of overlapping blocks become one: union by time, or penalty"},
      {"", "penalty"}, flags->function);
  merge.add({.name = "segment-size",
             .help = "Size limit of a chunk segment file: bytes, or a size such as 512MiB",
             .fallback = "512MiB"},
            [flags](const std::string& text) { flags->segment_size = parse_size(text); });
  merge.add_bytes({.name = "memory-budget", .help = "Most bytes of buffers", .fallback = "64MiB"},
                  flags->memory);
  merge.add_int({.name = "threads", .help = "Threads, 0 for all that are granted", .fallback = "0"},
                flags->threads);
  merge.set_body([flags](Environment& environment) { return run_merge(*flags, environment); });
}

}  // namespace strata::cmd
