#include "tsdb/merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "tsdb/merge_pipeline.h"
#include "tsdb/symbol_union.h"

namespace strata::tsdb {
namespace {

constexpr std::size_t kMinWindow = 16 << 10;
constexpr std::size_t kMaxWindow = 64 << 10;
constexpr std::uint64_t kMinBatch = 64 << 10;
// Small enough to stay in a core's cache from reading to writing.
constexpr std::uint64_t kMaxBatch = 256 << 10;
constexpr std::uint64_t kMinBudget = std::uint64_t{8} << 20;

// How one merge divides what it was granted: a quarter for posting lists, an eighth for symbols,
// the rest for windows and batches in flight.
struct Shares {
  std::uint64_t postings = 0;
  std::size_t window = 0;
  std::uint64_t batch = 0;
};

Shares divide(std::uint64_t bytes, std::size_t inputs, unsigned threads) {
  Shares shares;
  shares.postings = bytes / 4;
  // Per input an index window, a chunk window and one more that a batch still holds.
  const std::uint64_t windows = bytes / 5;
  shares.window = static_cast<std::size_t>(
      std::clamp<std::uint64_t>(windows / (3 * inputs), kMinWindow, kMaxWindow));
  // A batch in flight holds its records up to three times: windows, re-encoded chunks, records.
  const std::uint64_t in_flight = threads > 1 ? 2 * std::uint64_t{threads} + 1 : 1;
  shares.batch = std::clamp<std::uint64_t>(bytes / 3 / (3 * in_flight), kMinBatch, kMaxBatch);
  return shares;
}

class Merge {
 public:
  Merge(std::stop_token stop, std::span<const MergeInputBlock> inputs, BlockSink& sink,
        const MergeOptions& options)
      : stop_(std::move(stop)), inputs_(inputs), sink_(sink), options_(options) {}

  MergeResult run();

 private:
  void read_tocs();
  std::vector<std::unique_ptr<MergeInput>> open(std::vector<RankTable> tables,
                                                const Shares& shares);
  void check_books() const;

  std::stop_token stop_;
  std::span<const MergeInputBlock> inputs_;
  BlockSink& sink_;
  const MergeOptions& options_;
  std::vector<Toc> tocs_;
  std::vector<const BlockSource*> sources_;
  std::uint64_t symbol_bytes_ = 0;
  MergeResult result_;
};

void Merge::read_tocs() {
  result_.range = inputs_.front().range;
  for (const MergeInputBlock& input : inputs_) {
    try {
      tocs_.push_back(read_toc(input.source->index()));
      const SymbolReader symbols(input.source->index(), tocs_.back(), kMinWindow);
      symbol_bytes_ += std::uint64_t{symbols.count()} * sizeof(std::uint32_t);
    } catch (const Error& error) {
      throw error.at({.block = input.source->name(), .file = {}, .offset = std::nullopt});
    }
    sources_.push_back(input.source);
    result_.range.min = std::min(result_.range.min, input.range.min);
    result_.range.max = std::max(result_.range.max, input.range.max);
  }
}

std::vector<std::unique_ptr<MergeInput>> Merge::open(std::vector<RankTable> tables,
                                                     const Shares& shares) {
  const auto pool = std::make_shared<WindowPool>(2 * inputs_.size());
  std::vector<std::unique_ptr<MergeInput>> opened;
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    const MergeInputBlock& input = inputs_[i];
    MergeInput::Options options{.result_range = result_.range,
                                .health_range = std::nullopt,
                                .allow_out_of_order_labels = options_.allow_out_of_order_labels,
                                .window = shares.window,
                                .pool = pool};
    if (input.check_health) {
      options.health_range = input.range;
    }
    try {
      opened.push_back(
          std::make_unique<MergeInput>(*input.source, tocs_[i], std::move(tables[i]), options));
    } catch (const Error& error) {
      throw error.at({.block = input.source->name(), .file = {}, .offset = std::nullopt});
    }
  }
  return opened;
}

void Merge::check_books() const {
  const SampleBooks& books = result_.books;
  if (books.read != books.written + books.duplicates + books.outside ||
      books.written != result_.written.stats.num_samples) {
    throw Error(
        ErrorKind::kCorrupt,
        fmt::format(
            "the books of the merge do not balance: {} samples read; {} written ({} by the chunks' "
            "headers), {} duplicates, {} outside the range",
            books.read, books.written, result_.written.stats.num_samples, books.duplicates,
            books.outside));
  }
}

MergeResult Merge::run() {
  read_tocs();
  const std::uint64_t total = options_.budget->total();
  const std::uint64_t wanted = options_.memory == 0 ? total : std::min(total, options_.memory);
  const MemoryBudget::Lease lease = options_.budget->acquire(stop_, std::max(kMinBudget, wanted));
  const std::uint64_t share = lease.bytes() - std::min(lease.bytes() / 2, symbol_bytes_);
  const Shares shares = divide(share, inputs_.size(), options_.threads);

  BlockAssembler assembler(sink_, {.segment_size = options_.segment_size,
                                   .postings_memory = shares.postings,
                                   .spill_directory = options_.spill_directory});
  std::vector<RankTable> tables =
      merge_symbols(stop_, sources_, tocs_, shares.window,
                    [&](std::string_view symbol) { assembler.add_symbol(symbol); });
  MergeCursor cursor(open(std::move(tables), shares), shares.batch);
  MergePipeline pipeline(cursor, assembler, options_);
  pipeline.run(stop_);

  result_.books = pipeline.books();
  for (const auto& input : cursor.inputs()) {
    result_.inputs.push_back(input->health());
    result_.chunks_dropped += input->chunks_dropped();
  }
  result_.written.stats = assembler.stats();
  check_books();
  if (assembler.stats().num_samples == 0) {
    result_.empty = true;
  } else {
    result_.written = assembler.finish();
  }
  return std::move(result_);
}

}  // namespace

MergeResult merge_blocks(std::stop_token stop, std::span<const MergeInputBlock> inputs,
                         BlockSink& sink, const MergeOptions& options) {
  if (inputs.empty()) {
    throw_invalid("nothing to merge");
  }
  return Merge(std::move(stop), inputs, sink, options).run();
}

}  // namespace strata::tsdb
