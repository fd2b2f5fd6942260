#include "cmd/compact_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <ostream>

#include "base/error.h"
#include "cmd/compact_flags.h"
#include "cmd/data_directory.h"
#include "cmd/exit_status.h"
#include "cmd/process_share.h"
#include "cmd/progress_line.h"
#include "cmd/run_summary.h"
#include "compact/loop.h"
#include "objstore/config.h"
#include "telemetry/metrics.h"

namespace strata::cmd {
namespace {

using std::chrono::milliseconds;

milliseconds to_ms(CompactFlags::Duration duration) {
  return std::chrono::duration_cast<milliseconds>(duration);
}

// Comma lists split, nothing empty, sorted, each once.
std::vector<std::string> split_labels(const std::vector<std::string>& values) {
  std::vector<std::string> labels;
  for (const std::string& value : values) {
    std::size_t at = 0;
    while (at <= value.size()) {
      const std::size_t end = std::min(value.find(',', at), value.size());
      if (end > at) {
        labels.push_back(value.substr(at, end - at));
      }
      at = end + 1;
    }
  }
  std::ranges::sort(labels);
  const auto rest = std::ranges::unique(labels);
  labels.erase(rest.begin(), rest.end());
  return labels;
}

compact::PlanOptions plan_options(const CompactFlags& flags, bool vertical) {
  compact::PlanOptions options{.max_index_size = flags.max_index_size, .vertical = vertical};
  if (!flags.debug_ranges.empty()) {
    options.ranges = flags.debug_ranges;
  } else {
    options.ranges.resize(static_cast<std::size_t>(flags.max_level) + 1);
  }
  return options;
}

compact::LoopOptions loop_options(const CompactFlags& flags,
                                  const std::vector<std::string>& replica_labels) {
  compact::LoopOptions options;
  options.min_time = flags.min_time;
  options.max_time = flags.max_time;
  options.filters.selector =
      block::RelabelConfig::parse(flags.selector.read(/*expand=*/true), flags.selector.where());
  options.filters.selector_ignores = flags.replica_labels;
  options.filters.consistency_delay = to_ms(flags.consistency_delay);
  options.filters.delete_delay = to_ms(flags.delete_delay);
  options.filters.replica_labels = replica_labels;
  options.filters.gather_no_downsample = !flags.disable_downsampling;
  options.retention = {.raw = to_ms(flags.retention_raw),
                       .five_minutes = to_ms(flags.retention_5m),
                       .one_hour = to_ms(flags.retention_1h),
                       .downsampling = !flags.disable_downsampling};
  options.group_concurrency = static_cast<unsigned>(flags.compact_concurrency);
  options.downsampling.concurrency = static_cast<unsigned>(flags.downsample_concurrency);
  options.skip_out_of_order_chunks = flags.skip_out_of_order_chunks;
  return options;
}

void warn_about_flags(const CompactFlags& flags, const std::vector<std::string>& given,
                      const telemetry::Logger& log) {
  if (const auto names = http_flags(given); !names.empty()) {
    log.warn("this version has no HTTP server; flags without effect",
             {{"flags", fmt::format("--{}", fmt::join(names, ",--"))}});
  }
  if (flags.max_level + 1 < static_cast<std::int64_t>(std::size(compact::kDefaultRanges)) &&
      flags.debug_ranges.empty()) {
    log.warn("the highest compaction level is lower than usual", {{"level", flags.max_level}});
  }
}

int report_end(const compact::RunReport& report, Environment& environment) {
  print_summary(environment.out, report);
  print_aside(environment.err, report.aside);
  if (report.failed_removals > 0) {
    environment.err << fmt::format("strata: {} removals of blocks failed\n",
                                   report.failed_removals);
  }
  environment.err.flush();
  return report.is_clean() ? kSuccess : kFailure;
}

struct Settings {
  std::vector<std::string> replica_labels;
  bool vertical = false;
  objstore::BucketConfig bucket;
  compact::LoopOptions loop;
};

// Everything that can be wrong with the flags is found here, before anything is touched.
Settings read_settings(const CommonFlags& common, const CompactFlags& flags) {
  check_common_flags(common);
  check_compact_flags(flags);
  Settings settings;
  settings.replica_labels = split_labels(flags.replica_labels);
  settings.vertical = flags.vertical || !settings.replica_labels.empty();
  if (flags.deduplication_function == "penalty" && settings.replica_labels.empty()) {
    throw_invalid("--deduplication.func=penalty needs at least one --deduplication.replica-label");
  }
  const std::string config = flags.objstore.read(/*expand=*/true);
  try {
    settings.bucket = objstore::parse_bucket_config(config);
  } catch (const Error& error) {
    throw error.while_doing(flags.objstore.where());
  }
  const objstore::BucketConfig& bucket = settings.bucket;
  // A typing error looks like an empty bucket otherwise.
  if (bucket.provider == objstore::Provider::kFilesystem &&
      !std::filesystem::exists(bucket.directory)) {
    throw_invalid(fmt::format("{}: the directory {} does not exist", flags.objstore.where(),
                              bucket.directory));
  }
  settings.loop = loop_options(flags, settings.replica_labels);
  return settings;
}

compact::JobOptions job_options(const CompactFlags& flags, const Settings& settings,
                                const DataDirectory& data) {
  return {.plan = plan_options(flags, settings.vertical),
          .merge_function = flags.deduplication_function == "penalty"
                                ? tsdb::MergeFunction::kPenalty
                                : tsdb::MergeFunction::kOneToOne,
          .hash = flags.hash_function == "SHA256" ? block::HashFunction::kSha256
                                                  : block::HashFunction::kNone,
          .accept_malformed_index = flags.accept_malformed_index,
          .spill_directory = data.work()};
}

int run_compact(const CommonFlags& common, const CompactFlags& flags,
                const std::vector<std::string>& given, Environment& environment) {
  const Settings settings = read_settings(common, flags);
  const std::unique_ptr<Clock> clock =
      flags.debug_now ? std::unique_ptr<Clock>(new ManualClock(*flags.debug_now))
                      : std::make_unique<SystemClock>();
  const SystemClock log_clock;
  compact::Progress progress;
  std::optional<ProgressLine> line;
  if (environment.err_is_terminal) {
    line.emplace(environment.log, environment.err,
                 [&progress] { return describe_progress(progress); });
  }
  telemetry::LogSink& sink = line ? *line : environment.log;
  const telemetry::Logger log = make_logger(common, sink, log_clock);
  warn_about_flags(flags, given, log);

  telemetry::Registry registry;
  const compact::Metrics metrics(registry,
                                 {.vertical = settings.vertical,
                                  .downsampling = !flags.disable_downsampling,
                                  .delete_delay = settings.loop.filters.delete_delay,
                                  .consistency_delay = settings.loop.filters.consistency_delay});
  const auto bucket = objstore::open_bucket(settings.bucket, registry, *clock);
  const DataDirectory data(flags.data_dir);
  block::SnapshotReader reader(
      *bucket, {.cache_directory = data.meta_cache(),
                .concurrency = static_cast<unsigned>(flags.meta_fetch_concurrency)});
  const ProcessShare share = process_share(common, flags.memory_budget, flags.threads);
  MemoryBudget memory(share.memory);
  compact::ThreadBudget threads(share.threads);
  UlidSource ulids(*clock, flags.debug_seed);
  const compact::Workshop shop{.bucket = *bucket,
                               .clock = *clock,
                               .ulids = ulids,
                               .memory = memory,
                               .threads = threads,
                               .metrics = metrics,
                               .log = log,
                               .progress = progress,
                               .options = job_options(flags, settings, data)};
  const compact::RunReport report =
      compact::Loop(reader, shop, settings.loop).run(environment.stop);
  line.reset();
  return report_end(report, environment);
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
