#include "tsdb/index_health.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "tsdb/index/postings_reader.h"
#include "tsdb/index/rank_table.h"

namespace strata::tsdb {
namespace {

constexpr std::size_t kWindow = 256 << 10;
constexpr std::uint64_t kStopEvery = 4096;

std::string describe_report(const HealthReport& r) {
  return fmt::format(
      "index health: {} chunks outside the block's range ({} completely, {} at its very end), {} "
      "out of order "
      "in {} series, {} series with out-of-order labels{}",
      r.outside_chunks, r.complete_outside_chunks, r.issue_347_chunks, r.out_of_order_chunks,
      r.out_of_order_series, r.out_of_order_labels,
      r.example.empty() ? "" : "; first: " + r.example);
}

void note(HealthReport& report, const SeriesEntry& entry, const ChunkMeta& chunk,
          const char* what) {
  if (report.example.empty()) {
    report.example = fmt::format("series entry at offset {}: chunk [{}, {}] {}", entry.offset,
                                 chunk.min_time, chunk.max_time, what);
  }
}

bool labels_descend(const std::vector<std::uint64_t>& labels) {
  for (std::size_t i = 1; i < labels.size(); ++i) {
    if (labels[i] >> 32 < labels[i - 1] >> 32) {
      return true;
    }
  }
  return false;
}

}  // namespace

HealthProblem HealthReport::worst() const {
  const std::uint64_t critical =
      outside_chunks - std::min(outside_chunks, complete_outside_chunks + issue_347_chunks) +
      complete_outside_chunks;
  if (critical > 0) {
    return HealthProblem::kOutsideChunks;
  }
  if (out_of_order_chunks > 0) {
    return HealthProblem::kOutOfOrderChunks;
  }
  if (issue_347_chunks > 0) {
    return HealthProblem::kIssue347;
  }
  return out_of_order_labels > 0 ? HealthProblem::kOutOfOrderLabels : HealthProblem::kNone;
}

std::string HealthReport::describe() const {
  return describe_report(*this);
}

HealthError::HealthError(HealthReport report)
    : Error(ErrorKind::kCorrupt, describe_report(report),
            {.block = report.block, .file = "index", .offset = std::nullopt}),
      report_(std::move(report)) {}

void inspect_chunks(const SeriesEntry& entry, const TimeRange& range, HealthReport& report) {
  const std::uint64_t out_of_order_before = report.out_of_order_chunks;
  for (std::size_t i = 0; i < entry.chunks.size(); ++i) {
    const ChunkMeta& chunk = entry.chunks[i];
    ++report.chunks;
    if (chunk.min_time < range.min || chunk.max_time > range.max) {
      ++report.outside_chunks;
      if (chunk.min_time > range.max || chunk.max_time < range.min) {
        ++report.complete_outside_chunks;
        note(report, entry, chunk, "lies completely outside the block");
      } else if (chunk.min_time == range.max) {
        ++report.issue_347_chunks;
        note(report, entry, chunk, "begins at the block's end");
      } else {
        note(report, entry, chunk, "reaches outside the block");
      }
    }
    if (i == 0) {
      continue;
    }
    const ChunkMeta& previous = entry.chunks[i - 1];
    if (previous.max_time >= chunk.min_time) {
      if (previous.min_time == chunk.min_time && previous.max_time == chunk.max_time) {
        ++report.duplicated_chunks;
      } else {
        ++report.out_of_order_chunks;
        note(report, entry, chunk, "overlaps the one before it");
      }
    }
    const bool counted = i + 1 < entry.chunks.size();  // the reference leaves the last gap out
    if (counted && previous.ref >> 32 == chunk.ref >> 32 && chunk.ref > previous.ref) {
      report.chunk_max_size = std::max(report.chunk_max_size, chunk.ref - previous.ref);
    }
  }
  report.out_of_order_series += report.out_of_order_chunks > out_of_order_before ? 1 : 0;
}

HealthReport check_index_health(std::stop_token stop, const BlockSource& block,
                                const TimeRange& range) {
  const ByteSource& index = block.index();
  const Toc toc = read_toc(index);
  // Without other inputs a symbol's position is its rank.
  RankTable ranks(toc);
  SymbolReader symbols(index, toc, kWindow);
  for (std::uint32_t rank = 0; symbols.next(); ++rank) {
    ranks.add(symbols, rank);
  }
  HealthReport report;
  report.block = block.name();
  SeriesReader reader(index, toc, std::move(ranks), kWindow);
  PostingsReader postings(index, toc, find_all_series(index, toc, kWindow), kWindow);
  SeriesEntry entry;
  std::vector<PackedLabel> last;
  std::uint64_t last_id = 0;
  while (reader.next(entry)) {
    std::uint64_t id = 0;
    const std::vector<PackedLabel>& labels = entry.labels;
    if (labels.empty() || entry.chunks.empty() ||
        !std::ranges::lexicographical_compare(last, labels)) {
      throw_corrupt(labels.empty()         ? "series entry: no labels"
                    : entry.chunks.empty() ? "series entry: no chunks"
                                           : "series entry: not above the one before it",
                    index.name(), entry.offset);
    }
    if (!postings.next(id) || id != entry.id) {
      throw_corrupt("list of all series does not name this series", index.name(), entry.offset);
    }
    report.out_of_order_labels += labels_descend(labels) ? 1 : 0;
    inspect_chunks(entry, range, report);
    if (report.series > 0) {
      report.series_max_size =
          std::max(report.series_max_size, (entry.id - last_id) * toc.id_scale());
    }
    last_id = entry.id;
    last.swap(entry.labels);
    if (++report.series % kStopEvery == 0 && stop.stop_requested()) {
      throw Error(ErrorKind::kCancelled, "stopped while checking an index");
    }
  }
  std::uint64_t id = 0;
  if (postings.next(id)) {
    throw_corrupt("list of all series names more series than there are", index.name(),
                  toc.postings);
  }
  return report;
}

}  // namespace strata::tsdb
