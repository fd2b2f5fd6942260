#include <fmt/format.h>

#include "base/error.h"
#include "cmd/bucket_upkeep.h"
#include "cmd/exit_status.h"
#include "cmd/tools_bucket.h"
#include "tools/change_marks.h"

namespace strata::cmd {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::minutes kMarkTimeout{2};

struct MarkFlags {
  std::vector<std::string> ids;
  std::string marker;
  std::string details;
  bool remove = false;
};

struct UpkeepFlags {
  std::chrono::nanoseconds delete_delay{};
  std::chrono::nanoseconds consistency_delay{};
  std::int64_t concurrency = 0;
  ContentFlag selector;
  // Of retention.
  std::chrono::nanoseconds raw{};
  std::chrono::nanoseconds five_minutes{};
  std::chrono::nanoseconds one_hour{};
};

milliseconds to_ms(std::chrono::nanoseconds duration) {
  return std::chrono::duration_cast<milliseconds>(duration);
}

std::string_view describe(tools::MarkChange change) {
  switch (change) {
    case tools::MarkChange::kWritten:
      return "block marked";
    case tools::MarkChange::kAlreadyThere:
      return "block was marked already; its mark stays as it is";
    case tools::MarkChange::kRemoved:
      return "mark removed";
    case tools::MarkChange::kWasNotThere:
      return "block had no such mark";
  }
  return "";
}

tools::MarkBlocksOptions mark_options(const MarkFlags& flags) {
  if (flags.ids.empty()) {
    throw_invalid("required flag --id not provided");
  }
  const auto kind = tools::parse_mark_kind(flags.marker);
  if (!kind) {
    throw_invalid("required flag --marker not provided");
  }
  tools::MarkBlocksOptions options{
      .kind = *kind, .ids = {}, .details = flags.details, .remove = flags.remove};
  for (const std::string& text : flags.ids) {
    const auto id = Ulid::parse(text);
    if (!id) {
      throw_invalid(fmt::format("--id: \"{}\" is not a valid ULID", text));
    }
    options.ids.push_back(*id);
  }
  if (!flags.remove && flags.details.empty()) {
    throw_invalid("required flag --details not provided");
  }
  return options;
}

int run_mark(const BucketFlags& shared, const MarkFlags& flags, Environment& environment) {
  const tools::MarkBlocksOptions options = mark_options(flags);
  BucketSession session(shared, environment);
  run_with_timeout(environment.stop, kMarkTimeout, [&](const std::stop_token& stop) {
    for (const tools::MarkedBlock& marked :
         tools::change_marks(stop, *session.bucket, session.clock, options)) {
      const std::string id = marked.block.to_string();
      const std::string_view message = describe(marked.change);
      if (marked.change == tools::MarkChange::kWritten ||
          marked.change == tools::MarkChange::kRemoved) {
        session.log.info(message, {{"block", id}, {"marker", flags.marker}});
      } else {
        session.log.warn(message, {{"block", id}, {"marker", flags.marker}});
      }
    }
  });
  session.log.info("marking done", {{"marker", flags.marker},
                                    {"IDs", fmt::format("{}", fmt::join(flags.ids, ","))}});
  return kSuccess;
}

void add_upkeep_flags(Command& command, UpkeepFlags& flags) {
  command.add_go_duration(
      {"delete-delay", "Time from a block's deletion mark to its removal from the bucket", "48h"},
      flags.delete_delay);
  command.add_go_duration(
      {"consistency-delay",
       "Least age of blocks that were uploaded by anybody but a compactor before they count",
       "30m"},
      flags.consistency_delay);
  command.add_int({"block-sync-concurrency", "Metas that are read side by side", "20"},
                  flags.concurrency);
  add_content_flag(command, "selector.relabel-config",
                   "relabel rules (YAML) that choose blocks: keep, drop, hashmod", flags.selector);
}

// Everything that can be wrong with the flags, before the bucket is opened.
block::FilterOptions filter_options(const UpkeepFlags& flags) {
  if (flags.concurrency < 1 || flags.concurrency > 1000) {
    throw_invalid(
        fmt::format("--block-sync-concurrency={} is not within 1 to 1000", flags.concurrency));
  }
  block::FilterOptions options;
  options.selector = read_selector(flags.selector);
  options.consistency_delay = to_ms(flags.consistency_delay);
  options.delete_delay = to_ms(flags.delete_delay);
  return options;
}

int run_retention(const BucketFlags& shared, const UpkeepFlags& flags, Environment& environment) {
  block::FilterOptions filters = filter_options(flags);
  BucketSession session(shared, environment);
  // There is no downsampling to wait for: whoever runs this decides what goes.
  const compact::RetentionPolicy policy{.raw = to_ms(flags.raw),
                                        .five_minutes = to_ms(flags.five_minutes),
                                        .one_hour = to_ms(flags.one_hour),
                                        .downsampling = false};
  session.log.warn("no compactor may run on this bucket at the same time");
  const std::size_t marked =
      apply_retention(environment.stop,
                      {.bucket = *session.bucket,
                       .clock = session.clock,
                       .log = session.log,
                       .filters = std::move(filters),
                       .concurrency = static_cast<unsigned>(flags.concurrency)},
                      policy);
  session.log.info("retention done", {{"marked", marked}});
  return kSuccess;
}

int run_cleanup(const BucketFlags& shared, const UpkeepFlags& flags, Environment& environment) {
  block::FilterOptions filters = filter_options(flags);
  BucketSession session(shared, environment);
  const CleanupReport report =
      clean_bucket(environment.stop, {.bucket = *session.bucket,
                                      .clock = session.clock,
                                      .log = session.log,
                                      .filters = std::move(filters),
                                      .concurrency = static_cast<unsigned>(flags.concurrency)});
  if (report.failures > 0) {
    throw Error(ErrorKind::kTransient,
                fmt::format("{} blocks could not be removed; the log names them", report.failures));
  }
  session.log.info("cleanup done",
                   {{"purged", report.purged}, {"aborted_uploads", report.aborted_uploads}});
  return kSuccess;
}

}  // namespace

void add_tools_bucket_mark(Command& bucket, const SharedBucketFlags& shared) {
  Command command = bucket.add_command("mark", "Mark blocks, or remove their marks");
  const auto flags = std::make_shared<MarkFlags>();
  command.add_strings({"id", "ULID of a block; repeatable, required"}, flags->ids);
  command.add_choice(
      {"marker", "deletion-mark.json, no-compact-mark.json or no-downsample-mark.json; required"},
      {"deletion-mark.json", "no-compact-mark.json", "no-downsample-mark.json"}, flags->marker);
  command.add_string({"details", "Why; for people, stands in the mark"}, flags->details);
  command.add_bool({"remove", "Remove the mark instead"}, flags->remove);
  command.set_body(
      [shared, flags](Environment& environment) { return run_mark(*shared, *flags, environment); });
}

void add_tools_bucket_retention(Command& bucket, const SharedBucketFlags& shared) {
  Command command = bucket.add_command(
      "retention", "Mark blocks past their retention for deletion; no compactor may run meanwhile");
  const auto flags = std::make_shared<UpkeepFlags>();
  add_upkeep_flags(command, *flags);
  command.add_prometheus_duration(
      {"retention.resolution-raw", "How long raw blocks are kept; 0d: for ever", "0d"}, flags->raw);
  command.add_prometheus_duration(
      {"retention.resolution-5m", "How long blocks of 5 minutes are kept; 0d: for ever", "0d"},
      flags->five_minutes);
  command.add_prometheus_duration(
      {"retention.resolution-1h", "How long blocks of an hour are kept; 0d: for ever", "0d"},
      flags->one_hour);
  command.set_body([shared, flags](Environment& environment) {
    return run_retention(*shared, *flags, environment);
  });
}

void add_tools_bucket_cleanup(Command& bucket, const SharedBucketFlags& shared) {
  Command command = bucket.add_command(
      "cleanup", "Remove blocks that were marked for deletion, and aborted uploads");
  const auto flags = std::make_shared<UpkeepFlags>();
  add_upkeep_flags(command, *flags);
  command.set_body([shared, flags](Environment& environment) {
    return run_cleanup(*shared, *flags, environment);
  });
}

}  // namespace strata::cmd
