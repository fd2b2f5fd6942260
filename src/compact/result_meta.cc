#include "compact/result_meta.h"

#include <algorithm>
#include <set>

namespace strata::compact {
namespace {

block::MetaStats stats_of(const tsdb::BlockStats& written) {
  return {.num_samples = written.num_samples,
          .num_float_samples = written.num_float_samples,
          .num_histogram_samples = written.num_histogram_samples,
          .num_series = written.num_series,
          .num_chunks = written.num_chunks,
          .num_tombstones = 0};
}

block::IndexStats index_stats_of(const tsdb::WrittenBlock& written) {
  return {.series_max_size = static_cast<std::int64_t>(written.series_max_size),
          .chunk_max_size = static_cast<std::int64_t>(written.chunk_max_size)};
}

}  // namespace

TimeRange common_range(std::span<const MetaPtr> blocks) {
  TimeRange range = blocks.front()->range;
  for (const MetaPtr& meta : blocks) {
    range.min = std::min(range.min, meta->range.min);
    range.max = std::max(range.max, meta->range.max);
  }
  return range;
}

block::Meta result_meta(const Ulid& id, const Group& group, std::span<const MetaPtr> inputs,
                        const tsdb::WrittenBlock& written) {
  block::Meta meta;
  meta.ulid = id;
  meta.range = common_range(inputs);
  meta.stats = stats_of(written.stats);
  std::set<Ulid> sources;
  for (const MetaPtr& input : inputs) {
    meta.compaction.level = std::max(meta.compaction.level, input->compaction.level);
    sources.insert(input->compaction.sources.begin(), input->compaction.sources.end());
    meta.compaction.parents.push_back({.ulid = input->ulid, .range = input->range});
  }
  ++meta.compaction.level;
  if (inputs.size() == 1) {
    sources.insert(id);
  }
  meta.compaction.sources.assign(sources.begin(), sources.end());
  meta.thanos.labels = group.labels;
  meta.thanos.resolution = group.resolution;
  meta.thanos.source = "compactor";
  meta.thanos.index_stats = index_stats_of(written);
  meta.thanos.extensions = group.extensions;
  return meta;
}

block::Meta repaired_meta(const Ulid& id, const block::Meta& broken,
                          const tsdb::WrittenBlock& written) {
  block::Meta meta = broken;
  meta.ulid = id;
  meta.stats = stats_of(written.stats);
  std::set<Ulid> sources(broken.compaction.sources.begin(), broken.compaction.sources.end());
  sources.insert(id);
  meta.compaction.sources.assign(sources.begin(), sources.end());
  meta.thanos.source = "compactor.repair";
  meta.thanos.index_stats = index_stats_of(written);
  return meta;
}

}  // namespace strata::compact
