#pragma once

#include <optional>

#include "cmd/program_flags.h"

namespace strata::cmd {

// Flags of `strata compact` as they stand on the command line, under the reference's names.
struct CompactFlags {
  using Duration = std::chrono::nanoseconds;

  std::string http_address;
  Duration http_grace_period{};
  std::string http_config;

  std::string data_dir;
  ContentFlag objstore;
  Duration consistency_delay{};
  Duration retention_raw{};
  Duration retention_5m{};
  Duration retention_1h{};
  bool wait = false;
  Duration wait_interval{};
  bool disable_downsampling = false;
  std::string block_discovery_strategy;
  std::int64_t meta_fetch_concurrency = 0;
  std::int64_t block_files_concurrency = 0;
  Duration viewer_sync_interval{};
  Duration viewer_sync_timeout{};
  Duration cleanup_interval{};
  Duration progress_interval{};
  std::int64_t compact_concurrency = 0;
  std::int64_t blocks_fetch_concurrency = 0;
  std::int64_t downsample_concurrency = 0;
  Duration delete_delay{};
  bool vertical = false;
  std::string deduplication_function;
  std::vector<std::string> replica_labels;
  std::uint64_t max_index_size = 0;
  bool skip_out_of_order_chunks = false;
  std::string hash_function;
  TimeOrDuration min_time = TimeOrDuration::at(0);
  TimeOrDuration max_time = TimeOrDuration::at(0);
  ContentFlag selector;

  bool disable_web = false;
  std::string web_route_prefix;
  std::string web_external_prefix;
  std::string web_prefix_header;
  bool web_disable_cors = false;
  std::string web_label;
  bool disable_admin = false;

  bool halt_on_error = true;
  bool accept_malformed_index = false;
  std::int64_t max_level = 0;

  // Ours.
  std::int64_t threads = 0;  // 0: as many as the control group grants
  std::optional<std::uint64_t> memory_budget;
  std::optional<Timestamp> debug_now;
  std::optional<std::uint64_t> debug_seed;
  std::vector<std::int64_t> debug_ranges;  // ms; empty: the reference's
};

void add_compact_flags(Command& command, CompactFlags& flags);

// Throws invalid for flags that contradict each other, and for what this version cannot do.
void check_compact_flags(const CompactFlags& flags);

// The flags among `given` that only matter to an HTTP server.
std::vector<std::string> http_flags(const std::vector<std::string>& given);

}  // namespace strata::cmd
