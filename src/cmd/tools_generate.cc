#include "cmd/tools_generate.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <memory>
#include <ostream>
#include <string_view>

#include "base/cgroup.h"
#include "base/error.h"
#include "base/mutex.h"
#include "block/meta.h"
#include "generate/adversarial_run.h"
#include "generate/fleet_run.h"
#include "tsdb/file_block.h"

namespace strata::cmd {
namespace {

struct GenerateFlags {
  std::vector<std::string> arguments;
  std::string out;
  generate::FleetOptions fleet;
  std::int64_t series = 0;
  std::int64_t seed = 0;
  std::int64_t threads = 0;
  std::chrono::nanoseconds span{};
  std::chrono::nanoseconds block{};
  std::chrono::nanoseconds replica_offset{};
  bool adversarial = false;
  std::vector<std::string> classes;
  std::int64_t max_samples = 0;
  bool newer_encodings = false;
};

std::int64_t to_ms(std::chrono::nanoseconds duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

std::vector<std::string> split_list(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    if (end > begin) {
      parts.push_back(text.substr(begin, end - begin));
    }
    begin = end + 1;
  }
  return parts;
}

generate::Labels parse_labels(const std::string& text) {
  generate::Labels labels;
  for (const std::string& pair : split_list(text)) {
    const std::size_t equals = pair.find('=');
    if (equals == 0 || equals == std::string::npos) {
      throw_invalid(fmt::format("\"{}\" is not name=value", pair));
    }
    labels[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  return labels;
}

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::int64_t parse_number(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw_invalid(fmt::format("\"{}\" is too large", text));
  }
  return value;
}

std::int64_t parse_interval(const std::string& text) {
  return to_ms(parse_prometheus_duration(is_number(text) ? text + "s" : text));
}

Timestamp parse_start(const std::string& text) {
  if (is_number(text)) {
    return parse_number(text);
  }
  if (const auto time = parse_rfc3339(text)) {
    return *time;
  }
  throw_invalid(
      fmt::format("\"{}\" is neither RFC 3339 nor a number of milliseconds since 1970", text));
}

block::Meta make_meta(const generate::GeneratedBlock& made) {
  block::Meta meta;
  meta.ulid = made.ulid;
  meta.range = made.range;
  const tsdb::BlockStats& stats = made.written.stats;
  meta.stats = {.num_samples = stats.num_samples,
                .num_float_samples = stats.num_float_samples,
                .num_histogram_samples = stats.num_histogram_samples,
                .num_series = stats.num_series,
                .num_chunks = stats.num_chunks,
                .num_tombstones = made.num_tombstones};
  meta.compaction.level = 1;
  meta.compaction.sources = {made.ulid};
  meta.thanos.version = 1;
  meta.thanos.labels = made.labels;
  meta.thanos.source = "sidecar";
  constexpr std::string_view kChunks = "chunks/";
  for (const tsdb::WrittenFile& file : made.written.files) {
    if (file.rel_path.starts_with(kChunks)) {
      meta.thanos.segment_files.push_back(file.rel_path.substr(kChunks.size()));
    }
    meta.thanos.files.push_back({file.rel_path, file.size, {}, {}});
  }
  meta.thanos.files.push_back({std::string(block::kMetaFile), 0, {}, {}});
  meta.thanos.upload_time = format_rfc3339_nano(
      std::chrono::system_clock::time_point(std::chrono::milliseconds(made.ulid.time_ms())));
  return meta;
}

// Writes blocks below one directory and a line for each to `out`.
class BucketDirectory {
 public:
  BucketDirectory(std::filesystem::path directory, std::ostream& out)
      : directory_(std::move(directory)), out_(out) {
    std::error_code error;
    std::filesystem::create_directories(directory_, error);
    if (error) {
      throw errno_error(error.value(), "create directory", directory_.string());
    }
  }

  generate::Output output() {
    return {.open =
                [this](const Ulid& ulid) {
                  return std::make_unique<tsdb::FileBlockSink>(directory_, ulid.to_string());
                },
            .publish = [this](const generate::GeneratedBlock& made,
                              tsdb::BlockSink& sink) { publish(made, sink); },
            .spill_directory = directory_};
  }

 private:
  void publish(const generate::GeneratedBlock& made, tsdb::BlockSink& opened) {
    auto& sink = static_cast<tsdb::FileBlockSink&>(opened);
    if (!made.tombstones.empty()) {
      sink.write_file("tombstones", as_text(made.tombstones));
    }
    sink.write_file(std::string(block::kMetaFile), block::format_meta(make_meta(made)));
    sink.publish();
    const MutexLock lock(mutex_);
    out_ << fmt::format("{} {} {} series={} samples={}\n", made.ulid.to_string(), made.range.min,
                        made.range.max, made.written.stats.num_series,
                        made.written.stats.num_samples);
  }

  std::filesystem::path directory_;
  Mutex mutex_;
  std::ostream& out_;
};

std::filesystem::path destination(const GenerateFlags& flags) {
  if (flags.arguments.size() + (flags.out.empty() ? 0 : 1) != 1) {
    throw_invalid("tools generate: give one directory, as an argument or with --out");
  }
  return flags.out.empty() ? flags.arguments.front() : flags.out;
}

int generate_adversarial(const GenerateFlags& flags, Environment& environment) {
  generate::AdversarialOptions options;
  options.seed = static_cast<std::uint64_t>(flags.seed);
  if (!flags.classes.empty()) {
    options.classes = generate::Adversities::parse(flags.classes);
  }
  options.newer_encodings = flags.newer_encodings;
  options.block_ms = to_ms(flags.block);
  options.max_samples = flags.max_samples;
  if (options.block_ms < 1000 || options.max_samples < 10) {
    throw_invalid("adversarial blocks are of a second or more and of ten samples or more a series");
  }
  options.start = flags.fleet.start;
  options.labels = flags.fleet.labels;
  BucketDirectory bucket(destination(flags), environment.out);
  generate::generate_adversarial(environment.stop, options, bucket.output());
  return 0;
}

int generate_fleet(const GenerateFlags& flags, Environment& environment) {
  generate::FleetOptions options = flags.fleet;
  options.series = flags.series < 0 ? 0 : static_cast<std::uint64_t>(flags.series);
  options.seed = static_cast<std::uint64_t>(flags.seed);
  options.span_ms = to_ms(flags.span);
  options.block_ms = to_ms(flags.block);
  options.replica_offset_ms = to_ms(flags.replica_offset);
  options.threads =
      flags.threads > 0 ? static_cast<unsigned>(flags.threads) : resource_limits().cpus;
  generate::check(options);
  BucketDirectory bucket(destination(flags), environment.out);
  generate::generate_fleet(environment.stop, options, bucket.output());
  return 0;
}

void add_adversarial_flags(Command& command, GenerateFlags& flags) {
  command.add_bool(
      {"adversarial", "A few small blocks that no sane producer would write, chosen by the seed."},
      flags.adversarial);
  command.add(
      {"adversarial-classes",
       "What may occur in them: overlaps, outside, tombstones, histograms, mixed, stale, floats, "
       "times, schemas, fatal. Default: everything."},
      [&](const std::string& text) {
        flags.classes = split_list(text);
        generate::Adversities::parse(flags.classes);
      });
  command.add_int({"adversarial-samples", "Most samples of one of their series, about.", "700"},
                  flags.max_samples);
  command.add_bool({"newer-encodings", "Adversarial blocks also hold chunks of Prometheus 3.14."},
                   flags.newer_encodings);
}

void add_fleet_flags(Command& command, GenerateFlags& flags) {
  command.add_int({"series", "Series at any one moment.", "10000"}, flags.series);
  command.add({"interval", "Between the scrapes of a target: seconds or a duration.", "15s"},
              [&](const std::string& text) { flags.fleet.interval_ms = parse_interval(text); });
  command.add_prometheus_duration({"span", "Time from the first to the last sample.", "1d"},
                                  flags.span);
  command.add_prometheus_duration(
      {"block", "Length of a block; blocks end at its multiples.", "2h"}, flags.block);
  command.add(
      {"replicas", "Values of the external label replica, e.g. a,b: each block once for each."},
      [&](const std::string& text) { flags.fleet.replicas = split_list(text); });
  command.add_prometheus_duration(
      {"replica-offset", "How much later each replica scrapes than the one before.", "0s"},
      flags.replica_offset);
  command.add_double({"churn", "Share of pods replaced per block.", "0.05"}, flags.fleet.churn);
  command.add_double({"restarts", "Share of pods that restart in place per block.", "0.02"},
                     flags.fleet.restarts);
  command.add_double({"native", "Share of series that are native histograms.", "0"},
                     flags.fleet.native);
  command.add_int({"threads", "Blocks made at the same time; 0: as many as there are CPUs.", "0"},
                  flags.threads);
}

}  // namespace

void add_tools_generate(Command& tools) {
  Command command =
      tools.add_command("generate", "Write blocks of synthetic metrics into a directory.");
  const auto flags = std::make_shared<GenerateFlags>();
  command.add_arguments("DIR", "The directory of the bucket; made if missing.", 0,
                        flags->arguments);
  command.add_string({"out", "The same as DIR."}, flags->out);
  add_fleet_flags(command, *flags);
  command.add(
      {"start", "Of the first block: RFC 3339 or milliseconds since 1970.", "2024-01-01T00:00:00Z"},
      [flags](const std::string& text) { flags->fleet.start = parse_start(text); });
  command.add({"labels", "External labels.", "cluster=eu1"},
              [flags](const std::string& text) { flags->fleet.labels = parse_labels(text); });
  command.add_int({"seed", "The same seed and flags give the same bytes and block ids.", "1"},
                  flags->seed);
  add_adversarial_flags(command, *flags);
  command.set_body([flags](Environment& environment) {
    return flags->adversarial ? generate_adversarial(*flags, environment)
                              : generate_fleet(*flags, environment);
  });
}

}  // namespace strata::cmd
