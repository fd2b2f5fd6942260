#include "cmd/compact_flags.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "compact/downsample_plan.h"
#include "compact/plan.h"

namespace strata::cmd {
namespace {

constexpr std::int64_t kMaxLevel = std::size(compact::kDefaultRanges) - 1;

void add_http_flags(Command& command, CompactFlags& flags) {
  command.add_string({"http-address", "Address of the HTTP server", "0.0.0.0:10902"},
                     flags.http_address);
  command.add_prometheus_duration(
      {"http-grace-period", "How long the HTTP server drains at the end", "2m"},
      flags.http_grace_period);
  command.add_string(
      {"http.config", "Path of the HTTP server's TLS and authentication configuration"},
      flags.http_config);
  command.add_bool({"web.disable", "No block viewer"}, flags.disable_web);
  command.add_string({"web.route-prefix", "Accepted and ignored, as in the reference"},
                     flags.web_route_prefix);
  command.add_string({"web.external-prefix", "Prefix of links in the block viewer"},
                     flags.web_external_prefix);
  command.add_string({"web.prefix-header", "HTTP header that holds a prefix of links"},
                     flags.web_prefix_header);
  command.add_bool({"web.disable-cors", "No CORS headers"}, flags.web_disable_cors);
  command.add_string({"bucket-web-label", "External label that titles rows of the block viewer"},
                     flags.web_label);
  command.add_bool({"disable-admin-operations", "No marking of blocks from the block viewer"},
                   flags.disable_admin);
  command.add_go_duration(
      {"block-viewer.global.sync-block-interval", "How often the viewer looks at the bucket", "1m"},
      flags.viewer_sync_interval);
  command.add_go_duration(
      {"block-viewer.global.sync-block-timeout", "How long such a look may take", "5m"},
      flags.viewer_sync_timeout);
}

void add_bucket_flags(Command& command, CompactFlags& flags) {
  command.add_string(
      {"data-dir",
       "Directory for the cache of metas and for temporary files; may be wiped between runs",
       "./data"},
      flags.data_dir);
  add_content_flag(command, "objstore.config", "bucket configuration (YAML)", flags.objstore);
  command.add_go_duration(
      {"consistency-delay", "Least age of blocks that no compactor made", "30m"},
      flags.consistency_delay);
  command.add_string(
      {"block-discovery-strategy", "concurrent or recursive; both read one listing", "concurrent"},
      flags.block_discovery_strategy);
  command.add_int({"block-meta-fetch-concurrency", "Metas and marks read at once", "32"},
                  flags.meta_fetch_concurrency);
  command.add_int(
      {"block-files-concurrency", "Accepted; files of a block are streamed side by side", "1"},
      flags.block_files_concurrency);
  command.add_time(
      {"min-time",
       "Leave blocks alone that end before this time (RFC 3339, or relative such as -2d)",
       "0000-01-01T00:00:00Z"},
      flags.min_time);
  command.add_time(
      {"max-time", "Leave blocks alone that start after this time", "9999-12-31T23:59:59Z"},
      flags.max_time);
  add_content_flag(command, "selector.relabel-config",
                   "relabel rules (YAML) that choose blocks: keep, drop, hashmod", flags.selector);
}

void add_life_cycle_flags(Command& command, CompactFlags& flags) {
  command.add_prometheus_duration(
      {"retention.resolution-raw", "How long to keep raw blocks; 0d is for ever", "0d"},
      flags.retention_raw);
  command.add_prometheus_duration(
      {"retention.resolution-5m", "How long to keep 5-minute blocks", "0d"}, flags.retention_5m);
  command.add_prometheus_duration(
      {"retention.resolution-1h", "How long to keep 1-hour blocks", "0d"}, flags.retention_1h);
  command.add_prometheus_duration(
      {"delete-delay", "How long after its mark a block is removed", "48h"}, flags.delete_delay);
  command.add_bool({"wait,w", "Go on for ever (not in this version)"}, flags.wait);
  command.add_go_duration({"wait-interval", "With --wait: time between runs", "5m"},
                          flags.wait_interval);
  command.add_go_duration({"compact.cleanup-interval", "With --wait: time between cleanings", "5m"},
                          flags.cleanup_interval);
  command.add_go_duration(
      {"compact.progress-interval", "With --wait: time between looks at what is left", "5m"},
      flags.progress_interval);
}

void add_compaction_flags(Command& command, CompactFlags& flags) {
  command.add_int({"compact.concurrency", "Groups compacted at once", "1"},
                  flags.compact_concurrency);
  command.add_int(
      {"compact.blocks-fetch-concurrency", "Accepted; inputs are streamed side by side", "1"},
      flags.blocks_fetch_concurrency);
  command.add_int(
      {"downsample.concurrency", "Blocks downsampled at once; each uses all threads", "1"},
      flags.downsample_concurrency);
  command.add_bool(
      {"downsampling.disable", "No downsampling; blocks past their retention do not wait for it"},
      flags.disable_downsampling);
  command.add_choice(
      {"deduplication.func", "How overlapping samples become one: \"\" (union) or penalty"},
      {"", "penalty"}, flags.deduplication_function);
  command.add_strings(
      {"deduplication.replica-label",
       "External label that tells replicas apart; comma lists and repetition add up"},
      flags.replica_labels);
  command.add_choice({"hash-func", "Hash of produced files in meta.json: \"\" or SHA256"},
                     {"", "SHA256"}, flags.hash_function);
  command.add_bool({.name = "compact.enable-vertical-compaction",
                    .help = "Merge blocks that overlap",
                    .hidden = true},
                   flags.vertical);
  command.add_bytes({"compact.block-max-index-size",
                     "Most that the indexes of a merge may have together", "64GB", true},
                    flags.max_index_size);
  command.add_bool({.name = "compact.skip-block-with-out-of-order-chunks",
                    .help = "Mark such blocks no-compact and go on",
                    .hidden = true},
                   flags.skip_out_of_order_chunks);
  command.add_bool({"debug.halt-on-error", "Accepted; failing groups are set aside", "true", true},
                   flags.halt_on_error);
  command.add_bool({.name = "debug.accept-malformed-index",
                    .help = "Take indexes with unsorted label names",
                    .hidden = true},
                   flags.accept_malformed_index);
  command.add_int(
      {"debug.max-compaction-level", "Highest of the levels 1h, 2h, 8h, 2d, 14d, counted from 0",
       std::to_string(kMaxLevel), true},
      flags.max_level);
}

// RFC 3339 or milliseconds.
Timestamp parse_now(const std::string& text) {
  if (const auto at = parse_rfc3339(text)) {
    return *at;
  }
  Timestamp ms = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ms);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw_invalid(
        fmt::format("\"{}\" is neither a time (RFC 3339) nor milliseconds since 1970", text));
  }
  return ms;
}

std::uint64_t parse_seed(const std::string& text) {
  std::uint64_t seed = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw_invalid(fmt::format("\"{}\" is not a whole number", text));
  }
  return seed;
}

std::vector<std::int64_t> parse_ranges(const std::string& text) {
  std::vector<std::int64_t> ranges;
  std::size_t at = 0;
  while (at <= text.size()) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    const auto range = parse_go_duration(std::string_view(text).substr(at, end - at));
    const std::int64_t ms = std::chrono::duration_cast<std::chrono::milliseconds>(range).count();
    if (ms <= 0 || (!ranges.empty() && ms <= ranges.back())) {
      throw_invalid(fmt::format("the ranges \"{}\" are not all above 0 and ascending", text));
    }
    ranges.push_back(ms);
    at = end + 1;
  }
  return ranges;
}

void add_own_flags(Command& command, CompactFlags& flags) {
  command.add_int({"compact.threads",
                   "Threads for merging and downsampling, all jobs together; 0: as many as the "
                   "control group grants",
                   "0"},
                  flags.threads);
  command.add({"memory-budget", "Most bytes of buffers, all jobs together (64MiB unless set)"},
              [&flags](const std::string& text) { flags.memory_budget = parse_bytes2(text); });
  command.add(
      {.name = "debug.now", .help = "Take this for the present (RFC 3339 or ms)", .hidden = true},
      [&flags](const std::string& text) { flags.debug_now = parse_now(text); });
  command.add({.name = "debug.seed", .help = "Make reproducible ULIDs", .hidden = true},
              [&flags](const std::string& text) { flags.debug_seed = parse_seed(text); });
  command.add({.name = "debug.compaction-ranges",
               .help = "Lengths of blocks to aim at: 1h,2h,8h,…",
               .hidden = true},
              [&flags](const std::string& text) { flags.debug_ranges = parse_ranges(text); });
}

void require_positive(std::string_view name, std::int64_t value) {
  if (value <= 0) {
    throw_invalid(fmt::format("--{}={} must be above 0", name, value));
  }
}

void check_retention(std::string_view name, CompactFlags::Duration value, std::chrono::hours least,
                     bool downsampling) {
  if (downsampling && value.count() != 0 && value < least) {
    throw_invalid(fmt::format(
        "--{}={} is shorter than {}, the length from which blocks are downsampled; lengthen it "
        "or give --downsampling.disable",
        name, format_prometheus_duration(value), format_prometheus_duration(least)));
  }
}

}  // namespace

void add_compact_flags(Command& command, CompactFlags& flags) {
  add_bucket_flags(command, flags);
  add_life_cycle_flags(command, flags);
  add_compaction_flags(command, flags);
  add_http_flags(command, flags);
  add_own_flags(command, flags);
}

void check_compact_flags(const CompactFlags& flags) {
  if (flags.wait) {
    throw_invalid(
        "--wait is not supported by this version: run it again instead, by cron or the like");
  }
  if (flags.block_discovery_strategy != "concurrent" &&
      flags.block_discovery_strategy != "recursive") {
    throw_invalid(fmt::format("--block-discovery-strategy={} is neither concurrent nor recursive",
                              flags.block_discovery_strategy));
  }
  require_positive("block-meta-fetch-concurrency", flags.meta_fetch_concurrency);
  require_positive("block-files-concurrency", flags.block_files_concurrency);
  require_positive("compact.concurrency", flags.compact_concurrency);
  require_positive("downsample.concurrency", flags.downsample_concurrency);
  if (flags.blocks_fetch_concurrency == 0) {
    throw_invalid("--compact.blocks-fetch-concurrency=0 must not be 0");
  }
  if (flags.threads < 0) {
    throw_invalid(fmt::format("--compact.threads={} must not be below 0", flags.threads));
  }
  if (flags.max_level < 0 || flags.max_level > kMaxLevel) {
    throw_invalid(fmt::format("--debug.max-compaction-level={} is not one of the levels 0 to {}",
                              flags.max_level, kMaxLevel));
  }
  check_retention("retention.resolution-raw", flags.retention_raw, compact::kDownsampleTo5mAfter,
                  !flags.disable_downsampling);
  check_retention("retention.resolution-5m", flags.retention_5m, compact::kDownsampleTo1hAfter,
                  !flags.disable_downsampling);
}

std::vector<std::string> http_flags(const std::vector<std::string>& given) {
  static const std::vector<std::string> kNames = {"http-address",
                                                  "http-grace-period",
                                                  "http.config",
                                                  "web.disable",
                                                  "web.route-prefix",
                                                  "web.external-prefix",
                                                  "web.prefix-header",
                                                  "web.disable-cors",
                                                  "bucket-web-label",
                                                  "disable-admin-operations",
                                                  "block-viewer.global.sync-block-interval",
                                                  "block-viewer.global.sync-block-timeout"};
  std::vector<std::string> found;
  std::ranges::copy_if(given, std::back_inserter(found), [](const std::string& name) {
    const std::string positive = name.starts_with("no-") ? name.substr(3) : name;
    return std::ranges::find(kNames, positive) != kNames.end();
  });
  return found;
}

}  // namespace strata::cmd
