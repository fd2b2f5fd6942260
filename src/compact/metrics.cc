#include "compact/metrics.h"

#include <cmath>
#include <vector>

namespace strata::compact {
namespace {

// `count` bounds, each `factor` times the one before.
std::vector<double> exponential(double first, double factor, int count) {
  std::vector<double> bounds;
  for (int at = 0; at < count; ++at) {
    bounds.push_back(first * std::pow(factor, at));
  }
  return bounds;
}

telemetry::Labels resolution_label(block::Resolution resolution) {
  return {{"resolution", std::to_string(resolution)}};
}

telemetry::Histogram histogram(telemetry::Registry& registry, const std::string& name,
                               const std::string& help, std::vector<double> bounds) {
  return registry.histograms(name, help, std::move(bounds)).with({});
}

// Of blocks cut from memory only, which a compactor never makes: there, and always empty.
void register_chunk_histograms(telemetry::Registry& registry) {
  histogram(registry, "prometheus_tsdb_compaction_chunk_size_bytes",
            "Size of chunks at their first compaction", exponential(32, 1.5, 12));
  histogram(registry, "prometheus_tsdb_compaction_chunk_samples",
            "Samples of chunks at their first compaction", exponential(4, 1.5, 12));
  histogram(registry, "prometheus_tsdb_compaction_chunk_range_seconds",
            "Time covered by chunks at their first compaction", exponential(100, 4, 10));
}

}  // namespace

Metrics::Metrics(telemetry::Registry& registry, const MetricsOptions& options)
    : halted(registry.gauge("thanos_compact_halted", "1 once a group was set aside")),
      retries(registry.counter("thanos_compact_retries_total",
                               "Failures that are worth another attempt")),
      iterations(registry.counter("thanos_compact_iterations_total",
                                  "Iterations of a compactor that stays")),
      cleanup_loops(registry.counter("thanos_compact_block_cleanup_loops_total",
                                     "Cleanings of partial blocks")),
      partial_deletion_attempts(
          registry.counter("thanos_compact_aborted_partial_uploads_deletion_attempts_total",
                           "Removals of partial blocks that were begun")),
      blocks_cleaned(registry.counter("thanos_compact_blocks_cleaned_total", "Blocks removed")),
      cleanup_failures(registry.counter("thanos_compact_block_cleanup_failures_total",
                                        "Removals of blocks that failed")),
      garbage_collected(registry.counter("thanos_compact_garbage_collected_blocks_total",
                                         "Blocks marked because another holds their data")),
      garbage_collections(
          registry.counter("thanos_compact_garbage_collection_total", "Garbage collections")),
      garbage_collection_failures(registry.counter(
          "thanos_compact_garbage_collection_failures_total", "Garbage collections that failed")),
      garbage_collection_seconds(
          histogram(registry, "thanos_compact_garbage_collection_duration_seconds",
                    "Time of a garbage collection",
                    {.01, .1, .3, .6, 1, 3, 6, 9, 20, 30, 60, 90, 120, 240, 360, 720})),
      base_syncs(registry.counter("thanos_blocks_meta_base_syncs_total", "Looks at the bucket")),
      base_cache_busts(registry.counter("thanos_blocks_meta_base_cache_busts_total",
                                        "Cached metas found stale")),
      syncs(registry.counter("thanos_blocks_meta_syncs_total", "Looks at the bucket, filtered")),
      sync_failures(registry.counter("thanos_blocks_meta_sync_failures_total",
                                     "Looks at the bucket that failed")),
      sync_seconds(histogram(registry, "thanos_blocks_meta_sync_duration_seconds",
                             "Time of a look at the bucket", {.01, 1, 10, 100, 300, 600, 1000})),
      tsdb_compactions(registry.counter("prometheus_tsdb_compactions_total", "Merges begun")),
      tsdb_vertical_compactions(registry.counter("prometheus_tsdb_vertical_compactions_total",
                                                 "Merges of blocks that overlap")),
      tsdb_populating(
          registry.gauge("prometheus_tsdb_compaction_populating_block", "Merges at work")),
      tsdb_compaction_seconds(histogram(registry, "prometheus_tsdb_compaction_duration_seconds",
                                        "Time of a merge", exponential(1, 2, 14))),
      group_compactions_(
          registry.counters("thanos_compact_group_compactions_total", "Merges that made a block")),
      group_runs_started_(registry.counters("thanos_compact_group_compaction_runs_started_total",
                                            "Groups looked at")),
      group_runs_completed_(
          registry.counters("thanos_compact_group_compaction_runs_completed_total",
                            "Groups looked at without failure")),
      group_failures_(registry.counters("thanos_compact_group_compactions_failures_total",
                                        "Groups that failed")),
      group_vertical_(registry.counters("thanos_compact_group_vertical_compactions_total",
                                        "Merges that made a block in a group with overlaps")),
      downsamples_(registry.counters("thanos_compact_downsample_total", "Downsamplings begun")),
      downsample_failures_(registry.counters("thanos_compact_downsample_failures_total",
                                             "Downsamplings that failed")),
      downsample_seconds_(registry.histograms("thanos_compact_downsample_duration_seconds",
                                              "Time of a downsampling",
                                              {60, 300, 900, 1800, 3600, 7200, 14400})),
      blocks_marked_(registry.counters("thanos_compact_blocks_marked_total", "Marks written")),
      synced_(registry.gauges("thanos_blocks_meta_synced",
                              "Blocks by what became of them in the last look")),
      modified_(
          registry.gauges("thanos_blocks_meta_modified", "Changes to metas in the last look")),
      groups_aside_(registry.gauges("strata_compact_groups_set_aside",
                                    "Groups that are left alone, by reason")),
      blocks_aside_(registry.gauges("strata_compact_blocks_set_aside",
                                    "Blocks that are left alone, by reason")) {
  using block::MarkKind;
  const auto mark_labels = [](MarkKind kind, std::string_view reason) {
    return telemetry::Labels{{"marker", std::string(block::mark_file(kind))},
                             {"reason", std::string(reason)}};
  };
  blocks_marked_.with(mark_labels(MarkKind::kDeletion, ""));
  blocks_marked_.with(mark_labels(MarkKind::kNoCompact, block::kReasonOutOfOrderChunk));
  blocks_marked_.with(mark_labels(MarkKind::kNoCompact, block::kReasonIndexSize));
  if (options.vertical) {
    blocks_marked_.with(mark_labels(MarkKind::kNoCompact, block::kReasonVerticalDownsample));
  }
  using Seconds = std::chrono::duration<double>;
  registry.gauge("thanos_delete_delay_seconds", "How long after its mark a block is removed")
      .set(Seconds(options.delete_delay).count());
  registry.gauge("thanos_consistency_delay_seconds", "Least age of blocks that no compactor made")
      .set(Seconds(options.consistency_delay).count());
  register_chunk_histograms(registry);
}

Metrics::OfResolution Metrics::groups(block::Resolution resolution) const {
  const auto labels = resolution_label(resolution);
  return {.compactions = group_compactions_.with(labels),
          .runs_started = group_runs_started_.with(labels),
          .runs_completed = group_runs_completed_.with(labels),
          .failures = group_failures_.with(labels),
          .vertical_compactions = group_vertical_.with(labels)};
}

Metrics::OfDownsampling Metrics::downsampling(block::Resolution resolution) const {
  const auto labels = resolution_label(resolution);
  return {.runs = downsamples_.with(labels), .failures = downsample_failures_.with(labels)};
}

void Metrics::downsampled(block::Resolution resolution, std::chrono::duration<double> time) const {
  downsample_seconds_.with(resolution_label(resolution)).observe(time.count());
}

void Metrics::marked(block::MarkKind kind, std::string_view reason) const {
  blocks_marked_
      .with({{"marker", std::string(block::mark_file(kind))}, {"reason", std::string(reason)}})
      .increment();
}

void Metrics::show(const block::BlockView& view) const {
  for (const auto& [state, count] : view.synced) {
    synced_.with({{"state", state}}).set(static_cast<double>(count));
  }
  modified_.with({{"modified", "replica-label-removed"}})
      .set(static_cast<double>(view.replica_labels_removed));
}

void Metrics::group_set_aside(const std::string& reason) const {
  halted.set(1);
  groups_aside_.with({{"reason", reason}}).add(1);
  const MutexLock lock(mutex_);
  reasons_.insert(reason);
}

void Metrics::block_set_aside(const std::string& reason) const {
  blocks_aside_.with({{"reason", reason}}).add(1);
  const MutexLock lock(mutex_);
  reasons_.insert(reason);
}

void Metrics::forget_set_aside() {
  const MutexLock lock(mutex_);
  for (const std::string& reason : reasons_) {
    groups_aside_.remove({{"reason", reason}});
    blocks_aside_.remove({{"reason", reason}});
  }
  reasons_.clear();
  halted.set(0);
}

}  // namespace strata::compact
