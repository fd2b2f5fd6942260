#include "tools/print_blocks.h"

#include <fmt/format.h>

#include <algorithm>
#include <compare>
#include <memory>
#include <ostream>
#include <tuple>
#include <utility>

#include "base/duration.h"
#include "base/error.h"
#include "block/snapshot.h"
#include "tools/block_text.h"
#include "tools/label_selector.h"

namespace strata::tools {
namespace {

using MetaPtr = std::shared_ptr<const block::Meta>;

enum Column : std::size_t {
  kUlid,
  kFrom,
  kUntil,
  kRange,
  kUntilDown,
  kSeries,
  kSamples,
  kChunks,
  kLevel,
  kFailed,
  kLabels,
  kResolution,
  kSource,
};

std::shared_ptr<const block::Snapshot> read_bucket(std::stop_token stop, objstore::Bucket& bucket,
                                                   const Clock& clock, PrintReport& report) {
  auto snapshot = block::SnapshotReader(bucket, {}).read(std::move(stop), clock);
  report.warnings = snapshot->warnings;
  for (const auto& [id, entry] : snapshot->blocks) {
    if (entry.state == block::BlockState::kFailed) {
      report.warnings.push_back(fmt::format("block {}: {}", id.to_string(), entry.reason));
    }
  }
  return snapshot;
}

// A mark of the future does not count yet, one that we do not understand does.
bool is_marked(const block::BlockEntry& entry, Timestamp now) {
  const auto& found = entry.mark(block::MarkKind::kDeletion);
  return found && (!found->error.empty() || found->mark.time_s < now / 1000 ||
                   (found->mark.time_s == now / 1000 && now % 1000 > 0));
}

bool passes(const Ulid& id, const block::BlockEntry& entry, const PrintBlocksOptions& options,
            Timestamp now) {
  if (entry.state != block::BlockState::kWhole) {
    return false;
  }
  const block::Meta& meta = *entry.meta;
  if (meta.range.max < options.min_time || meta.range.min > options.max_time) {
    return false;
  }
  if (!options.selector.empty()) {
    block::Labels labels = meta.labels();
    labels["__block_id"] = id.to_string();
    if (!options.selector.keeps(std::move(labels))) {
      return false;
    }
  }
  return !options.exclude_marked || !is_marked(entry, now);
}

std::string wide_line(const block::Meta& meta) {
  return fmt::format("{} -- {} - {} Diff: {}, Compaction: {}, Downsample: {}, Source: {}\n",
                     meta.ulid.to_string(), format_local_time(meta.range.min),
                     format_local_time(meta.range.max),
                     format_go_duration(whole_seconds_between(meta.range)), meta.compaction.level,
                     meta.thanos.resolution, meta.thanos.source);
}

std::vector<std::string> table_row(const block::Meta& meta) {
  const auto until_down = until_downsampling(meta);
  return {meta.ulid.to_string(),
          format_local_time(meta.range.min),
          format_local_time(meta.range.max),
          format_go_duration(exact_duration(meta.range.max - meta.range.min)),
          until_down ? format_go_duration(*until_down) : "-",
          format_grouped(meta.stats.num_series),
          format_grouped(meta.stats.num_samples),
          format_grouped(meta.stats.num_chunks),
          std::to_string(meta.compaction.level),
          meta.compaction.failed ? "true" : "false",
          format_labels(meta.labels()),
          format_go_duration(exact_duration(meta.thanos.resolution)),
          meta.thanos.source};
}

// Of `ls`, which shows less than the table.
constexpr Column kListed[] = {kUlid, kFrom, kUntil, kRange, kLevel, kResolution, kSource, kLabels};

void print_tsv(const std::vector<MetaPtr>& metas, std::ostream& out) {
  Table table;
  for (const Column column : kListed) {
    table.header.push_back(block_columns()[column]);
  }
  for (const MetaPtr& meta : metas) {
    const std::vector<std::string> row = table_row(*meta);
    std::vector<std::string>& shown = table.rows.emplace_back();
    for (const Column column : kListed) {
      shown.push_back(row[column]);
    }
  }
  write_table(table, TableFormat::kTsv, out);
}

// By the values behind the texts.
std::strong_ordering compare(const block::Meta& a, const block::Meta& b, std::size_t column) {
  switch (column) {
    case kFrom:
      return a.range.min / 1000 <=> b.range.min / 1000;
    case kUntil:
      return a.range.max / 1000 <=> b.range.max / 1000;
    case kRange:
      return exact_duration(a.range.max - a.range.min) <=>
             exact_duration(b.range.max - b.range.min);
    case kUntilDown:
      return until_downsampling(a) <=> until_downsampling(b);
    case kSeries:
      return a.stats.num_series <=> b.stats.num_series;
    case kSamples:
      return a.stats.num_samples <=> b.stats.num_samples;
    case kChunks:
      return a.stats.num_chunks <=> b.stats.num_chunks;
    case kLevel:
      return a.compaction.level <=> b.compaction.level;
    case kFailed:
      return a.compaction.failed <=> b.compaction.failed;
    case kLabels:
      return format_labels(a.labels()) <=> format_labels(b.labels());
    case kResolution:
      return a.thanos.resolution <=> b.thanos.resolution;
    case kSource:
      return a.thanos.source <=> b.thanos.source;
    default:
      return a.ulid <=> b.ulid;
  }
}

std::vector<std::size_t> find_columns(const std::vector<std::string>& names) {
  std::vector<std::size_t> columns;
  for (const std::string& name : names) {
    const auto found = std::ranges::find(block_columns(), name);
    if (found == block_columns().end()) {
      throw_invalid(fmt::format("column {} not found", name));
    }
    columns.push_back(static_cast<std::size_t>(found - block_columns().begin()));
  }
  return columns;
}

}  // namespace

std::optional<BlockFormat> parse_block_format(std::string_view text) {
  if (text.empty() || text == "plain") {
    return BlockFormat::kPlain;
  }
  if (text == "wide") {
    return BlockFormat::kWide;
  }
  if (text == "json") {
    return BlockFormat::kJson;
  }
  if (text == "tsv") {
    return BlockFormat::kTsv;
  }
  return std::nullopt;
}

PrintReport print_blocks(std::stop_token stop, objstore::Bucket& bucket, const Clock& clock,
                         const PrintBlocksOptions& options, std::ostream& out) {
  PrintReport report;
  const auto snapshot = read_bucket(std::move(stop), bucket, clock, report);
  std::vector<MetaPtr> metas;
  for (const auto& [id, entry] : snapshot->blocks) {
    if (passes(id, entry, options, snapshot->taken)) {
      metas.push_back(entry.meta);
    }
  }
  report.blocks = metas.size();
  if (options.format == BlockFormat::kTsv) {
    print_tsv(metas, out);
    return report;
  }
  for (const MetaPtr& meta : metas) {
    switch (options.format) {
      case BlockFormat::kWide:
        out << wide_line(*meta);
        break;
      case BlockFormat::kJson:
        out << block::format_meta(*meta);
        break;
      default:
        out << meta->ulid.to_string() << '\n';
        break;
    }
  }
  return report;
}

const std::vector<std::string>& block_columns() {
  static const std::vector<std::string> columns = {
      "ULID",    "FROM",       "UNTIL",       "RANGE",  "UNTIL-DOWN", "#SERIES", "#SAMPLES",
      "#CHUNKS", "COMP-LEVEL", "COMP-FAILED", "LABELS", "RESOLUTION", "SOURCE"};
  return columns;
}

PrintReport print_block_table(std::stop_token stop, objstore::Bucket& bucket, const Clock& clock,
                              const PrintTableOptions& options, std::ostream& out) {
  const std::vector<std::size_t> columns = find_columns(options.sort_by);
  PrintReport report;
  const auto snapshot = read_bucket(std::move(stop), bucket, clock, report);
  std::vector<MetaPtr> metas;
  for (const auto& [id, entry] : snapshot->blocks) {
    if (entry.state == block::BlockState::kWhole &&
        matches(entry.meta->labels(), options.selector)) {
      metas.push_back(entry.meta);
    }
  }
  // Stable over ULIDs: ties stay in their order.
  std::ranges::stable_sort(metas, [&](const MetaPtr& a, const MetaPtr& b) {
    for (const std::size_t column : columns) {
      if (const auto order = compare(*a, *b, column); order != 0) {
        return order < 0;
      }
    }
    return false;
  });
  report.blocks = metas.size();
  Table table{.header = block_columns(), .rows = {}};
  for (const MetaPtr& meta : metas) {
    table.rows.push_back(table_row(*meta));
  }
  write_table(table, options.format, out);
  return report;
}

}  // namespace strata::tools
