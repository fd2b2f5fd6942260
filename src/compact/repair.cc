#include "compact/repair.h"

#include <fmt/format.h>

#include <memory>
#include <vector>

#include "base/error.h"
#include "tsdb/chunk/chunk.h"
#include "tsdb/chunk_stream.h"
#include "tsdb/index/rank_table.h"
#include "tsdb/index/series_reader.h"
#include "tsdb/index/symbol_reader.h"
#include "tsdb/index/toc.h"

namespace strata::compact {
namespace {

constexpr std::size_t kWindow = 256 << 10;
constexpr std::size_t kWindowsKept = 4;

class Repair {
 public:
  Repair(const tsdb::BlockSource& block, const TimeRange& range, tsdb::BlockSink& sink,
         const tsdb::WriterOptions& options)
      : block_(block),
        end_(range.max),
        toc_(tsdb::read_toc(block.index())),
        stream_(block, kWindow, std::make_shared<tsdb::WindowPool>(kWindowsKept)),
        writer_(sink, options) {}

  RepairResult run(const std::stop_token& stop) {
    tsdb::SeriesReader reader(block_.index(), toc_, copy_symbols(), kWindow);
    tsdb::SeriesEntry entry;
    while (reader.next(entry)) {
      if (stop.stop_requested()) {
        throw Error(ErrorKind::kCancelled, "stopped while repairing a block");
      }
      copy_series(entry);
    }
    result_.written = writer_.finish();
    check_books();
    return result_;
  }

 private:
  tsdb::RankTable copy_symbols() {
    tsdb::RankTable ranks(toc_);
    tsdb::SymbolReader symbols(block_.index(), toc_, kWindow);
    for (std::uint32_t rank = 0; symbols.next(); ++rank) {
      ranks.add(symbols, rank);
      writer_.add_symbol(symbols.symbol());
    }
    return ranks;
  }

  void copy_series(const tsdb::SeriesEntry& entry) {
    labels_.clear();
    for (const tsdb::PackedLabel label : entry.labels) {
      labels_.push_back(
          {static_cast<std::uint32_t>(label >> 32), static_cast<std::uint32_t>(label)});
    }
    chunks_.clear();
    windows_.clear();
    for (const tsdb::ChunkMeta& meta : entry.chunks) {
      const tsdb::ChunkView chunk = stream_.fetch(meta);
      tsdb::check_record_crc(block_, chunk, meta.ref);
      const std::uint64_t samples = tsdb::sample_count(chunk.encoding, chunk.data);
      samples_read_ += samples;
      if (meta.min_time >= end_) {
        ++result_.chunks_dropped;
        result_.samples_dropped += samples;
        continue;
      }
      chunks_.push_back(chunk);
      windows_.push_back(stream_.window());
    }
    writer_.add_series(labels_, chunks_);
  }

  void check_books() const {
    const std::uint64_t written = result_.written.stats.num_samples;
    if (samples_read_ != written + result_.samples_dropped) {
      throw Error(
          ErrorKind::kCorrupt,
          fmt::format(
              "the books of the repair do not balance: {} samples read, {} written, {} dropped",
              samples_read_, written, result_.samples_dropped),
          {.block = block_.name(), .file = {}, .offset = {}});
    }
  }

  const tsdb::BlockSource& block_;
  Timestamp end_;
  tsdb::Toc toc_;
  tsdb::ChunkStream stream_;
  tsdb::BlockWriter writer_;
  std::uint64_t samples_read_ = 0;
  RepairResult result_;
  std::vector<tsdb::LabelRef> labels_;
  std::vector<tsdb::ChunkView> chunks_;
  std::vector<std::shared_ptr<tsdb::ChunkWindow>> windows_;  // keep the views valid
};

}  // namespace

RepairResult drop_chunks_at_end(std::stop_token stop, const tsdb::BlockSource& block,
                                const TimeRange& range, tsdb::BlockSink& sink,
                                const tsdb::WriterOptions& options) {
  try {
    return Repair(block, range, sink, options).run(stop);
  } catch (const Error& error) {
    throw error.at({.block = block.name(), .file = {}, .offset = {}});
  }
}

}  // namespace strata::compact
