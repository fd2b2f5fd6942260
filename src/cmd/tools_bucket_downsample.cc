#include <fmt/format.h>

#include <ostream>

#include "base/error.h"
#include "base/wait.h"
#include "cmd/compact_flags.h"
#include "cmd/data_directory.h"
#include "cmd/exit_status.h"
#include "cmd/process_share.h"
#include "cmd/run_summary.h"
#include "cmd/tools_bucket.h"
#include "compact/downsample_pass.h"

namespace strata::cmd {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

struct DownsampleFlags {
  std::string data_dir;
  nanoseconds wait_interval{};
  std::int64_t concurrency = 0;
  std::int64_t block_files_concurrency = 0;
  std::string hash_function;
  ContentFlag selector;
  std::int64_t threads = 0;
  std::optional<std::uint64_t> memory_budget;

  std::string http_address;
  nanoseconds http_grace_period{};
  std::string http_config;
};

void add_downsample_flags(Command& command, DownsampleFlags& flags) {
  command.add_string({"data-dir", "Directory for temporary files", "./data"}, flags.data_dir);
  command.add_go_duration({"wait-interval", "Time between runs; 0s (ours): run once and end", "5m"},
                          flags.wait_interval);
  command.add_int(
      {"downsample.concurrency", "Blocks downsampled at once; each uses all threads", "1"},
      flags.concurrency);
  command.add_int(
      {"block-files-concurrency", "Accepted; files of a block are streamed side by side", "1"},
      flags.block_files_concurrency);
  command.add_choice({"hash-func", "Hash of produced files in meta.json: \"\" or SHA256"},
                     {"", "SHA256"}, flags.hash_function);
  add_content_flag(command, "selector.relabel-config",
                   "relabel rules (YAML) that choose blocks: keep, drop, hashmod", flags.selector);
  command.add_int({"downsample.threads",
                   "Threads, all blocks together; 0: as many as the control group grants", "0"},
                  flags.threads);
  command.add({"memory-budget", "Most bytes of buffers, all blocks together (64MiB unless set)"},
              [&flags](const std::string& text) { flags.memory_budget = parse_bytes2(text); });
  command.add_string({"http-address", "Address of the HTTP server", "0.0.0.0:10902"},
                     flags.http_address);
  command.add_prometheus_duration(
      {"http-grace-period", "How long the HTTP server drains at the end", "2m"},
      flags.http_grace_period);
  command.add_string(
      {"http.config", "Path of the HTTP server's TLS and authentication configuration"},
      flags.http_config);
}

void require_at_least(std::int64_t least, std::string_view name, std::int64_t value) {
  if (value < least) {
    throw_invalid(fmt::format("--{}={} must not be below {}", name, value, least));
  }
}

void check_flags(const DownsampleFlags& flags) {
  require_at_least(1, "downsample.concurrency", flags.concurrency);
  require_at_least(1, "block-files-concurrency", flags.block_files_concurrency);
  require_at_least(0, "downsample.threads", flags.threads);
  if (flags.wait_interval < nanoseconds(0)) {
    throw_invalid("--wait-interval must not be below 0");
  }
}

// What runs share. Objects borrow from each other.
class Downsampler {
 public:
  Downsampler(const BucketFlags& shared, const DownsampleFlags& flags, Environment& environment)
      : environment_(environment),
        filters_(filters(flags)),
        options_{.concurrency = static_cast<unsigned>(flags.concurrency)},
        session_(shared, environment),
        data_(flags.data_dir),
        share_(process_share(*shared.common, flags.memory_budget, flags.threads)),
        memory_(share_.memory),
        threads_(share_.threads),
        ulids_(session_.clock),
        metrics_(session_.registry, {}),
        reader_(*session_.bucket, {}),
        shop_{.bucket = *session_.bucket,
              .clock = session_.clock,
              .ulids = ulids_,
              .memory = memory_,
              .threads = threads_,
              .metrics = metrics_,
              .log = session_.log,
              .progress = progress_,
              .options = job_options(flags, data_)} {}

  const telemetry::Logger& log() const { return session_.log; }

  // One run: whatever is due, and what becomes due by that. True if nothing was set aside.
  bool run() {
    metrics_.forget_set_aside();
    compact::DownsamplePass pass(shop_, options_);
    bool is_first = true;
    do {
      sync(is_first);
      is_first = false;
    } while (pass.run(environment_.stop,
                      {.snapshot = *snapshot_, .view = view_, .left_alone = marked_}));
    const std::vector<compact::JobReport> jobs = pass.take_jobs();
    std::vector<compact::Aside> aside = pass.take_aside();
    for (const block::SetAside& failed : view_.failed) {
      aside.push_back({"block " + failed.block.to_string(), "unreadable", failed.reason});
    }
    print_jobs(environment_.out, jobs);
    environment_.out.flush();
    print_aside(environment_.err, aside);
    log().info("downsampling done", {{"blocks", jobs.size()}, {"set_aside", aside.size()}});
    return aside.empty();
  }

 private:
  static compact::JobOptions job_options(const DownsampleFlags& flags, const DataDirectory& data) {
    compact::JobOptions options;
    options.spill_directory = data.work();
    if (flags.hash_function == "SHA256") {
      options.hash = block::HashFunction::kSha256;
    }
    return options;
  }

  // Those of the compactor, but for its delay and replica labels: this command has no such flags.
  static block::FilterOptions filters(const DownsampleFlags& flags) {
    block::FilterOptions options;
    options.selector = read_selector(flags.selector);
    options.consistency_delay = milliseconds(0);
    return options;
  }

  void sync(bool with_warnings) {
    snapshot_ = reader_.read(environment_.stop, session_.clock);
    view_ = block::apply_filters(*snapshot_, filters_, session_.clock.now_ms());
    marked_.clear();
    for (const auto& [id, mark] : view_.deletion_marks) {
      marked_.insert(id);
    }
    if (!with_warnings) {
      return;
    }
    for (const std::string& warning : snapshot_->warnings) {
      log().warn("a block's file could not be used", {{"err", warning}});
    }
    for (const block::SetAside& failed : view_.failed) {
      log().error("block set aside", {{"block", failed.block.to_string()}, {"err", failed.reason}});
      metrics_.block_set_aside("unreadable");
    }
  }

  Environment& environment_;
  const block::FilterOptions filters_;
  const compact::DownsampleOptions options_;
  BucketSession session_;
  const DataDirectory data_;
  const ProcessShare share_;
  MemoryBudget memory_;
  compact::ThreadBudget threads_;
  UlidSource ulids_;
  compact::Metrics metrics_;
  compact::Progress progress_;
  block::SnapshotReader reader_;
  const compact::Workshop shop_;
  std::shared_ptr<const block::Snapshot> snapshot_;
  block::BlockView view_;
  std::set<Ulid> marked_;  // for deletion: a copy would outlive them
};

// What fails for a while does not end a command that stays.
void run_forever(Downsampler& downsampler, const std::stop_token& stop, nanoseconds interval) {
  do {
    try {
      downsampler.run();
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kTransient) {
        throw;
      }
      downsampler.log().error("a run failed; the next one tries again", {{"err", error.what()}});
    }
  } while (wait_unless_stopped(stop, interval));
}

int run_downsample(const BucketFlags& shared, const DownsampleFlags& flags,
                   const std::vector<std::string>& given, Environment& environment) {
  check_flags(flags);
  Downsampler downsampler(shared, flags, environment);
  if (const auto names = http_flags(given); !names.empty()) {
    downsampler.log().warn("this version has no HTTP server; flags without effect",
                           {{"flags", fmt::format("--{}", fmt::join(names, ",--"))}});
  }
  if (flags.wait_interval.count() == 0) {
    return downsampler.run() ? kSuccess : kFailure;
  }
  run_forever(downsampler, environment.stop, flags.wait_interval);
  return kSuccess;
}

}  // namespace

void add_tools_bucket_downsample(Command& bucket, const SharedBucketFlags& shared) {
  Command command = bucket.add_command("downsample", "Downsample blocks, again and again");
  const auto flags = std::make_shared<DownsampleFlags>();
  add_downsample_flags(command, *flags);
  command.set_body([shared, flags, command](Environment& environment) {
    return run_downsample(*shared, *flags, command.given_flags(), environment);
  });
}

}  // namespace strata::cmd
