#include "tsdb/verify_block.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "tsdb/chunk/series_merge.h"
#include "tsdb/chunk_stream.h"
#include "tsdb/index/rank_table.h"
#include "tsdb/postings_check.h"
#include "tsdb/segment_coverage.h"
#include "tsdb/tombstones.h"

namespace strata::tsdb {
namespace {

constexpr std::size_t kWindow = 256 << 10;
constexpr std::uint64_t kStopEvery = 1024;

// What damage makes a check throw becomes a finding; a source that fails goes up.
bool is_damage(const Error& error) {
  return error.kind() == ErrorKind::kCorrupt || error.kind() == ErrorKind::kInvalid;
}

class Verifier {
 public:
  Verifier(std::stop_token stop, const BlockSource& block, const TimeRange& range,
           const VerifyOptions& options)
      : stop_(std::move(stop)), block_(block), range_(range), options_(options) {}

  BlockReport run() {
    report_.health.block = block_.name();
    check("index", [this] {
      toc_ = read_toc(block_.index());
      check_index();
    });
    check("tombstones", [this] { check_tombstones(); });
    return std::move(report_);
  }

 private:
  template <class Body>
  bool check(const char* name, Body&& body) {
    try {
      body();
      return true;
    } catch (const Error& error) {
      if (!is_damage(error)) {
        throw;
      }
      find(name, error.message(), error.place());
      return false;
    }
  }

  void find(const char* name, std::string message, ErrorPlace place) {
    place.block = block_.name();
    report_.add({.check = name, .message = std::move(message), .place = std::move(place)});
  }

  void check_index();
  void check_series(const SeriesEntry& entry);
  void check_chunks(const SeriesEntry& entry);
  void check_tombstones();

  std::stop_token stop_;
  const BlockSource& block_;
  TimeRange range_;
  const VerifyOptions& options_;
  Toc toc_;
  BlockReport report_;
  std::vector<PackedLabel> last_labels_;
  std::unique_ptr<ChunkStream> stream_;
  std::unique_ptr<SegmentCoverage> coverage_;
  std::vector<std::uint64_t> series_wanted_;  // of tombstones, ascending
  std::size_t next_wanted_ = 0;
};

void Verifier::check_index() {
  const ByteSource& index = block_.index();
  RankTable ranks(toc_);
  bool symbols_good = check("symbols", [&] {
    SymbolReader symbols(index, toc_, kWindow);
    for (std::uint32_t rank = 0; symbols.next(); ++rank) {
      ranks.add(symbols, rank);
    }
  });
  if (!symbols_good) {
    return;  // without symbols no reference can be judged
  }
  if (block_.tombstones() != nullptr) {
    check("tombstones",
          [this] { series_wanted_ = Tombstones::read(*block_.tombstones()).series(); });
  }
  stream_ = std::make_unique<ChunkStream>(block_, kWindow, std::make_shared<WindowPool>(4));
  coverage_ = std::make_unique<SegmentCoverage>(block_);
  PostingsBuilder postings(options_.spill_directory, options_.memory);
  const bool series_good = check("series", [&] {
    SeriesReader reader(index, toc_, std::move(ranks), kWindow);
    SeriesEntry entry;
    while (reader.next(entry)) {
      check_series(entry);
      postings.add(static_cast<std::uint32_t>(entry.id), entry.labels);
      if (report_.stats.num_series % kStopEvery == 0 && stop_.stop_requested()) {
        throw Error(ErrorKind::kCancelled, "stopped while verifying");
      }
    }
  });
  if (!series_good) {
    return;
  }
  if (report_.health.worst() != HealthProblem::kNone) {
    find("health", report_.health.describe(),
         {.block = {}, .file = "index", .offset = std::nullopt});
  }
  check("postings", [&] { check_postings(index, toc_, postings); });
  if (options_.chunks && !report_.counts.contains("chunk")) {
    for (const SegmentCoverage::Gap& gap : coverage_->finish()) {
      find("segment", gap.message, {.block = {}, .file = gap.file, .offset = gap.offset});
    }
  }
}

void Verifier::check_series(const SeriesEntry& entry) {
  const std::vector<PackedLabel>& labels = entry.labels;
  const ErrorPlace place{.block = {}, .file = "index", .offset = entry.offset};
  ++report_.stats.num_series;
  report_.stats.num_chunks += entry.chunks.size();
  if (labels.empty() || entry.chunks.empty()) {
    find("series", labels.empty() ? "no labels" : "no chunks", place);
  }
  for (std::size_t i = 1; i < labels.size(); ++i) {
    if (labels[i] >> 32 == labels[i - 1] >> 32) {
      find("series", "a label name stands twice", place);
    } else if (labels[i] >> 32 < labels[i - 1] >> 32) {
      ++report_.health.out_of_order_labels;
    }
  }
  if (!std::ranges::lexicographical_compare(last_labels_, labels)) {
    find("series", "not above the one before it", place);
  }
  last_labels_ = labels;
  while (next_wanted_ < series_wanted_.size() && series_wanted_[next_wanted_] <= entry.id) {
    if (series_wanted_[next_wanted_] != entry.id) {
      break;
    }
    ++next_wanted_;
  }
  inspect_chunks(entry, range_, report_.health);
  if (options_.chunks) {
    check_chunks(entry);
  }
}

void Verifier::check_chunks(const SeriesEntry& entry) {
  for (const ChunkMeta& meta : entry.chunks) {
    check("chunk", [&] {
      const ChunkView chunk = stream_->fetch(meta);
      const auto segment = static_cast<std::size_t>(meta.ref >> 32);
      const std::uint64_t offset = meta.ref & 0xffffffffU;
      check_record_crc(block_, chunk, meta.ref);
      coverage_->add(segment, offset, chunk.data.size());
      std::uint32_t samples = 0;
      try {
        samples = verify_chunk(chunk);
      } catch (const Error& error) {
        throw Error(error.kind(), error.message(),
                    {.block = {}, .file = block_.segment(segment).name(), .offset = offset});
      }
      report_.stats.num_samples += samples;
      switch (chunk.encoding) {
        case Encoding::kXor:
        case Encoding::kXor2:
          report_.stats.num_float_samples += samples;
          break;
        case Encoding::kAggregate:
          break;
        default:
          report_.stats.num_histogram_samples += samples;
      }
    });
  }
}

void Verifier::check_tombstones() {
  if (block_.tombstones() != nullptr && !report_.counts.contains("tombstones") &&
      !report_.counts.contains("series") && next_wanted_ < series_wanted_.size()) {
    find("tombstones", fmt::format("series {} does not exist", series_wanted_[next_wanted_]),
         {.block = {}, .file = block_.tombstones()->name(), .offset = std::nullopt});
  }
}

}  // namespace

void BlockReport::add(Finding finding) {
  if (++counts[finding.check] <= kMaxFindings) {
    findings.push_back(std::move(finding));
  }
}

BlockReport verify_block(std::stop_token stop, const BlockSource& block, const TimeRange& range,
                         const VerifyOptions& options) {
  return Verifier(std::move(stop), block, range, options).run();
}

}  // namespace strata::tsdb
