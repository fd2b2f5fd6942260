#pragma once

#include <optional>

#include "compact/loop.h"
#include "objstore/bucket.h"
#include "telemetry/metrics.h"

namespace strata::compact::testing {

struct RunSettings {
  LoopOptions loop;
  bool vertical = false;
  tsdb::MergeFunction merge_function = tsdb::MergeFunction::kOneToOne;
  std::vector<std::int64_t> ranges{std::begin(kDefaultRanges), std::end(kDefaultRanges)};
  std::uint64_t max_index_size = std::uint64_t{64} << 30;
  bool accept_malformed_index = false;
  unsigned threads = 2;
  std::uint64_t seed = 1;
  telemetry::LogSink* log = nullptr;  // null: not kept
  std::stop_token stop = {};
};

// One run as the program would do it, without a cache on disk.
RunReport run_loop(objstore::Bucket& bucket, const Clock& clock, const RunSettings& settings,
                   telemetry::Registry& registry);

}  // namespace strata::compact::testing
