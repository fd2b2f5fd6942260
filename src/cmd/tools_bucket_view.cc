#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "base/duration.h"
#include "base/error.h"
#include "cmd/command_line.h"
#include "cmd/exit_status.h"
#include "cmd/tools_bucket.h"
#include "tools/label_selector.h"
#include "tools/print_blocks.h"

namespace strata::cmd {
namespace {

constexpr std::chrono::minutes kShortTimeout{1};

struct LsFlags {
  std::string output;
  bool exclude_delete = false;
  TimeOrDuration min_time = TimeOrDuration::at(0);
  TimeOrDuration max_time = TimeOrDuration::at(0);
  std::chrono::nanoseconds timeout{};
  ContentFlag selector;
};

struct InspectFlags {
  std::vector<std::string> selector;
  std::vector<std::string> sort_by;
  std::string output;
  std::chrono::nanoseconds timeout{};
};

// Results that nobody has got are no success.
void finish_output(std::ostream& out) {
  out.flush();
  if (!out) {
    throw Error(ErrorKind::kExhausted, "the output could not be written");
  }
}

void log_warnings(const telemetry::Logger& log, const tools::PrintReport& report) {
  for (const std::string& warning : report.warnings) {
    log.warn("a part of the bucket could not be used", {{"err", warning}});
  }
}

int run_ls(const BucketFlags& shared, const LsFlags& flags, Environment& environment) {
  const auto format = tools::parse_block_format(flags.output);
  if (!format) {
    throw_invalid(fmt::format(
        "--output=\"{}\" is not one of \"plain\", \"wide\", \"json\", \"tsv\"; custom templates "
        "are not supported",
        flags.output));
  }
  tools::PrintBlocksOptions options{.format = *format, .exclude_marked = flags.exclude_delete};
  options.selector = read_selector(flags.selector);
  BucketSession session(shared, environment);
  options.min_time = flags.min_time.resolve(session.clock);
  options.max_time = flags.max_time.resolve(session.clock);
  if (flags.timeout < kShortTimeout) {
    session.log.warn("a timeout of less than a minute may lead to frequent failures");
  }
  run_with_timeout(environment.stop, flags.timeout, [&](const std::stop_token& stop) {
    const tools::PrintReport report =
        tools::print_blocks(stop, *session.bucket, session.clock, options, environment.out);
    log_warnings(session.log, report);
    session.log.info("ls done", {{"objects", report.blocks}});
  });
  finish_output(environment.out);
  return kSuccess;
}

int run_inspect(const BucketFlags& shared, const InspectFlags& flags, Environment& environment) {
  tools::PrintTableOptions options;
  options.selector = tools::parse_label_selector(flags.selector);
  options.format = flags.output == "csv"   ? tools::TableFormat::kCsv
                   : flags.output == "tsv" ? tools::TableFormat::kTsv
                                           : tools::TableFormat::kTable;
  if (!flags.sort_by.empty()) {
    options.sort_by = flags.sort_by;
  }
  BucketSession session(shared, environment);
  run_with_timeout(environment.stop, flags.timeout, [&](const std::stop_token& stop) {
    log_warnings(session.log, tools::print_block_table(stop, *session.bucket, session.clock,
                                                       options, environment.out));
  });
  finish_output(environment.out);
  return kSuccess;
}

void check_columns(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (std::ranges::find(tools::block_columns(), name) == tools::block_columns().end()) {
      throw UsageError(kBadValue, fmt::format("--sort-by: \"{}\" is not one of \"{}\"", name,
                                              fmt::join(tools::block_columns(), "\", \"")));
    }
  }
}

}  // namespace

void add_tools_bucket_ls(Command& bucket, const SharedBucketFlags& shared) {
  Command command = bucket.add_command("ls", "List all blocks in the bucket");
  const auto flags = std::make_shared<LsFlags>();
  add_content_flag(command, "selector.relabel-config",
                   "relabel rules (YAML) that choose blocks: keep, drop, hashmod", flags->selector);
  command.add_string({"output,o", "How each block is printed: plain, wide, json or tsv"},
                     flags->output);
  command.add_bool({"exclude-delete", "Without blocks that are marked for deletion"},
                   flags->exclude_delete);
  command.add_time({"min-time",
                    "Blocks that end at this time or later: RFC 3339, or a duration "
                    "relative to now such as -1d",
                    "0000-01-01T00:00:00Z"},
                   flags->min_time);
  command.add_time(
      {"max-time", "Blocks that begin at this time or earlier", "9999-12-31T23:59:59Z"},
      flags->max_time);
  command.add_go_duration({"timeout", "For reading the bucket", "5m"}, flags->timeout);
  command.set_body(
      [shared, flags](Environment& environment) { return run_ls(*shared, *flags, environment); });
}

void add_tools_bucket_inspect(Command& bucket, const SharedBucketFlags& shared) {
  Command command = bucket.add_command("inspect", "Show all blocks in the bucket as a table");
  const auto flags = std::make_shared<InspectFlags>();
  command.add_strings(
      {"selector,l", "A label that blocks must have, as name=\"value\"; repeatable"},
      flags->selector);
  command.add_strings(
      {"sort-by", "A column to sort by, the first one first; repeatable. Default: FROM, UNTIL"},
      flags->sort_by);
  command.add_choice({"output", "table, tsv or csv", "table"}, {"table", "tsv", "csv"},
                     flags->output);
  command.add_go_duration({"timeout", "For reading the bucket", "5m"}, flags->timeout);
  command.set_body([shared, flags](Environment& environment) {
    check_columns(flags->sort_by);
    return run_inspect(*shared, *flags, environment);
  });
}

}  // namespace strata::cmd
