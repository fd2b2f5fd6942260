#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "base/ulid.h"
#include "tsdb/block_writer.h"

namespace strata::generate {

using Labels = std::map<std::string, std::string>;

// What a finished block's meta.json needs to know. Index and chunks are durable by then.
struct GeneratedBlock {
  Ulid ulid;
  TimeRange range;
  Labels labels;  // external ones, the replica's among them
  tsdb::WrittenBlock written;
  Buffer tombstones;  // content of that file; empty: none
  std::uint64_t num_tombstones = 0;
};

// Where blocks go. Both functions are called from several threads at once; publish gets the sink
// that open made, and the block is visible once it returns.
struct Output {
  std::function<std::unique_ptr<tsdb::BlockSink>(const Ulid& ulid)> open;
  std::function<void(const GeneratedBlock& block, tsdb::BlockSink& sink)> publish;
  std::filesystem::path spill_directory;
};

struct FleetOptions {
  std::uint64_t series = 10'000;  // at any one moment; churn adds to what a block holds
  Timestamp start = 1'704'067'200'000;
  std::int64_t span_ms = 86'400'000;
  std::int64_t block_ms = 7'200'000;  // blocks end at its multiples
  std::int64_t interval_ms = 15'000;
  double churn = 0.05;     // share of pods replaced per block
  double restarts = 0.02;  // share of pods that restart in place per block
  double native = 0.0;     // share of series that are native histograms
  std::uint64_t seed = 1;
  Labels labels = {{"cluster", "eu1"}};
  std::vector<std::string>
      replicas;  // values of the external label `replica`; empty: no such label
  std::int64_t replica_offset_ms = 0;  // between the scrapes of one replica and the next
  unsigned threads = 1;
  std::uint64_t postings_memory = std::uint64_t{32} << 20;  // of all threads together
};

// Throws invalid, naming the option.
void check(const FleetOptions& options);

}  // namespace strata::generate
