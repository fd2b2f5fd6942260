#include "tools/merge_directories.h"

#include <algorithm>
#include <memory>
#include <set>

#include "tools/block_directory.h"
#include "tsdb/file_block.h"
#include "tsdb/tombstones.h"

namespace strata::tools {
namespace {

namespace fs = std::filesystem;

block::Meta merged_meta(const Ulid& id, const std::vector<block::Meta>& inputs,
                        const tsdb::MergeResult& result) {
  block::Meta meta;
  meta.ulid = id;
  meta.range = result.range;
  const tsdb::BlockStats& stats = result.written.stats;
  meta.stats = {.num_samples = stats.num_samples,
                .num_float_samples = stats.num_float_samples,
                .num_histogram_samples = stats.num_histogram_samples,
                .num_series = stats.num_series,
                .num_chunks = stats.num_chunks,
                .num_tombstones = 0};
  std::set<Ulid> sources;
  for (const block::Meta& input : inputs) {
    meta.compaction.level = std::max(meta.compaction.level, input.compaction.level);
    sources.insert(input.compaction.sources.begin(), input.compaction.sources.end());
    meta.compaction.parents.push_back({.ulid = input.ulid, .range = input.range});
  }
  ++meta.compaction.level;
  meta.compaction.sources.assign(sources.begin(), sources.end());
  return meta;
}

}  // namespace

MergedDirectory merge_directories(std::stop_token stop, const std::vector<fs::path>& inputs,
                                  const fs::path& out, UlidSource& ulids, MemoryBudget& budget,
                                  const MergeDirectoriesOptions& options) {
  std::vector<block::Meta> metas;
  std::vector<std::unique_ptr<tsdb::FileBlockSource>> sources;
  std::vector<tsdb::MergeInputBlock> blocks;
  for (const fs::path& input : inputs) {
    metas.push_back(read_meta(input));
    sources.push_back(std::make_unique<tsdb::FileBlockSource>(input));
    blocks.push_back(
        {.source = sources.back().get(), .range = metas.back().range, .check_health = false});
  }
  make_directory(out);
  const Ulid id = ulids.next();
  tsdb::FileBlockSink sink(out, id.to_string());
  tsdb::MergeOptions merge;
  merge.function = options.function;
  merge.segment_size = options.segment_size;
  merge.spill_directory = out;
  merge.threads = options.threads;
  merge.budget = &budget;
  MergedDirectory merged;
  merged.result = tsdb::merge_blocks(stop, blocks, sink, merge);
  if (merged.result.empty) {
    return merged;
  }
  sink.write_file("meta.json",
                  block::format_prometheus_meta(merged_meta(id, metas, merged.result)));
  sink.write_file("tombstones", as_text(tsdb::empty_tombstones()));
  sink.publish();
  merged.block = id;
  return merged;
}

}  // namespace strata::tools
