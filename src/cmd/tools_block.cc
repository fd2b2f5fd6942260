#include "cmd/tools_block.h"

#include <fmt/format.h>

#include <charconv>
#include <memory>
#include <ostream>

#include "base/cgroup.h"
#include "base/duration.h"
#include "base/error.h"
#include "cmd/exit_status.h"
#include "tools/downsample_directory.h"
#include "tools/merge_directories.h"

namespace strata::cmd {
namespace {

// What every command takes that writes one block.
struct WriteFlags {
  std::vector<std::string> arguments;
  std::uint64_t segment_size = 0;
  std::uint64_t memory = 0;
  std::int64_t threads = 0;
};

struct MergeFlags : WriteFlags {
  std::string function;
};

struct DownsampleFlags : WriteFlags {
  std::string resolution;
};

// A number of bytes, or a size with a unit.
std::uint64_t parse_size(const std::string& text) {
  std::uint64_t bytes = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bytes);
  return error == std::errc() && end == text.data() + text.size() ? bytes : parse_bytes2(text);
}

unsigned thread_count(const WriteFlags& flags) {
  if (flags.threads < 0) {
    throw_invalid("--threads must not be negative");
  }
  return flags.threads == 0 ? resource_limits().cpus : static_cast<unsigned>(flags.threads);
}

int run_merge(const MergeFlags& flags, Environment& environment) {
  if (flags.arguments.size() < 2) {
    throw_invalid("tools block merge takes a directory for the result and at least one block");
  }
  const SystemClock clock;
  UlidSource ulids(clock);
  MemoryBudget budget(flags.memory);
  const tools::MergeDirectoriesOptions options{.function = flags.function == "penalty"
                                                               ? tsdb::MergeFunction::kPenalty
                                                               : tsdb::MergeFunction::kOneToOne,
                                               .segment_size = flags.segment_size,
                                               .threads = thread_count(flags)};
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

int run_downsample(const DownsampleFlags& flags, Environment& environment) {
  if (flags.arguments.size() != 2) {
    throw_invalid("tools block downsample takes a directory for the result and one block");
  }
  if (flags.resolution.empty()) {
    throw_invalid("tools block downsample takes --resolution=5m or --resolution=1h");
  }
  const SystemClock clock;
  UlidSource ulids(clock);
  MemoryBudget budget(flags.memory);
  const tools::DownsampleDirectoryOptions options{
      .target = flags.resolution == "5m" ? downsample::k5m : downsample::k1h,
      .segment_size = flags.segment_size,
      .threads = thread_count(flags)};
  const tools::DownsampledDirectory made = tools::downsample_directory(
      environment.stop, flags.arguments[1], flags.arguments[0], ulids, budget, options);
  environment.out << made.block.to_string() << "\n";
  const downsample::BlockResult& result = made.result;
  if (result.series_skipped != 0) {
    environment.err << fmt::format("strata: nothing was left of {} of {} series\n",
                                   result.series_skipped, result.series_read);
  }
  if (result.books.histogram_restarts != 0) {
    environment.err << fmt::format(
        "strata: {} times histograms could not share a chunk with those before them, which are "
        "lost\n",
        result.books.histogram_restarts);
  }
  return kSuccess;
}

void add_write_flags(Command& command, const std::shared_ptr<WriteFlags>& flags) {
  command.add({.name = "segment-size",
               .help = "Size limit of a chunk segment file: bytes, or a size such as 512MiB",
               .fallback = "512MiB"},
              [flags](const std::string& text) { flags->segment_size = parse_size(text); });
  command.add_bytes({.name = "memory-budget", .help = "Most bytes of buffers", .fallback = "64MiB"},
                    flags->memory);
  command.add_int(
      {.name = "threads", .help = "Threads, 0 for all that are granted", .fallback = "0"},
      flags->threads);
}

void add_merge(Command& block) {
  Command merge =
      block.add_command("merge", "Merge blocks into a new one below the first directory given");
  const auto flags = std::make_shared<MergeFlags>();
  merge.add_arguments("OUT IN...", "Directory for the result, then the blocks in order", 2,
                      flags->arguments);
  merge.add_choice(
      {.name = "deduplication.func",
       .help = "How samples of overlapping blocks become one: union by time, or penalty"},
      {"", "penalty"}, flags->function);
  add_write_flags(merge, flags);
  merge.set_body([flags](Environment& environment) { return run_merge(*flags, environment); });
}

void add_downsample(Command& block) {
  Command downsample = block.add_command(
      "downsample", "Downsample a block into a new one below the first directory");
  const auto flags = std::make_shared<DownsampleFlags>();
  downsample.add_arguments("OUT IN", "Directory for the result, then the block", 2,
                           flags->arguments);
  downsample.add_choice(
      {.name = "resolution", .help = "Of the result: 5m from a raw block, 1h from one of 5m"},
      {"", "5m", "1h"}, flags->resolution);
  add_write_flags(downsample, flags);
  downsample.set_body(
      [flags](Environment& environment) { return run_downsample(*flags, environment); });
}

}  // namespace

void add_tools_block(Command& tools) {
  Command block = tools.add_command("block", "Work on blocks in local directories");
  add_merge(block);
  add_downsample(block);
}

}  // namespace strata::cmd
