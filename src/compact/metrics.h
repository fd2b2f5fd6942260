#pragma once

#include <chrono>
#include <map>
#include <set>
#include <string>

#include "base/mutex.h"
#include "block/filters.h"
#include "block/marks.h"
#include "telemetry/metrics.h"

namespace strata::compact {

struct MetricsOptions {
  bool vertical = false;
  bool downsampling = true;
  std::chrono::milliseconds delete_delay{0};
  std::chrono::milliseconds consistency_delay{0};
};

// Every metric of compaction, under the reference's names, registered once. Handles into the
// registry, which must outlive it. Thread-safe.
class Metrics {
 public:
  Metrics(telemetry::Registry& registry, const MetricsOptions& options);

  // What exists per resolution; visible from the first call on.
  struct OfResolution {
    telemetry::Counter compactions;
    telemetry::Counter runs_started;
    telemetry::Counter runs_completed;
    telemetry::Counter failures;
    telemetry::Counter vertical_compactions;
  };
  OfResolution groups(block::Resolution resolution) const;
  // By the resolution of the input; visible from the first call on, but for the histogram, which
  // the first observation makes so.
  struct OfDownsampling {
    telemetry::Counter runs;  // failures among them
    telemetry::Counter failures;
  };
  OfDownsampling downsampling(block::Resolution resolution) const;
  void downsampled(block::Resolution resolution, std::chrono::duration<double> time) const;
  void marked(block::MarkKind kind, std::string_view reason) const;
  void show(const block::BlockView& view) const;
  void group_set_aside(const std::string& reason) const;
  void block_set_aside(const std::string& reason) const;
  // For a new run, which finds out anew what has to be set aside.
  void forget_set_aside();

  telemetry::Gauge halted;
  telemetry::Counter retries;
  telemetry::Counter iterations;
  telemetry::Counter cleanup_loops;
  telemetry::Counter partial_deletion_attempts;
  telemetry::Counter blocks_cleaned;
  telemetry::Counter cleanup_failures;
  telemetry::Counter garbage_collected;
  telemetry::Counter garbage_collections;
  telemetry::Counter garbage_collection_failures;
  telemetry::Histogram garbage_collection_seconds;
  telemetry::Counter base_syncs;
  telemetry::Counter base_cache_busts;
  telemetry::Counter syncs;
  telemetry::Counter sync_failures;
  telemetry::Histogram sync_seconds;
  telemetry::Counter tsdb_compactions;
  telemetry::Counter tsdb_vertical_compactions;
  telemetry::Gauge tsdb_populating;
  telemetry::Histogram tsdb_compaction_seconds;

 private:
  telemetry::CounterFamily group_compactions_;
  telemetry::CounterFamily group_runs_started_;
  telemetry::CounterFamily group_runs_completed_;
  telemetry::CounterFamily group_failures_;
  telemetry::CounterFamily group_vertical_;
  telemetry::CounterFamily downsamples_;
  telemetry::CounterFamily downsample_failures_;
  telemetry::HistogramFamily downsample_seconds_;
  telemetry::CounterFamily blocks_marked_;
  telemetry::GaugeFamily synced_;
  telemetry::GaugeFamily modified_;
  telemetry::GaugeFamily groups_aside_;
  telemetry::GaugeFamily blocks_aside_;
  mutable Mutex mutex_;
  mutable std::set<std::string> reasons_ GUARDED_BY(mutex_);  // seen at either
};

}  // namespace strata::compact
