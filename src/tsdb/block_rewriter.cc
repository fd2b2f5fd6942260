#include "tsdb/block_rewriter.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "tsdb/batch_pipeline.h"
#include "tsdb/merge_cursor.h"
#include "tsdb/symbol_union.h"

namespace strata::tsdb {
namespace {

constexpr std::size_t kMinWindow = 16 << 10;
constexpr std::size_t kMaxWindow = 64 << 10;
constexpr std::uint64_t kMinBatch = 64 << 10;
// Small enough to stay in a core's cache from reading to writing.
constexpr std::uint64_t kMaxBatch = 256 << 10;
constexpr std::uint64_t kMinBudget = std::uint64_t{8} << 20;

// How one rewrite divides what it was granted: a quarter for posting lists, an eighth for symbols,
// the rest for windows and batches in flight.
struct Shares {
  std::uint64_t postings = 0;
  std::size_t window = 0;
  std::uint64_t batch = 0;
};

Shares divide(std::uint64_t bytes, std::size_t inputs, std::size_t threads) {
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

}  // namespace

BlockRewriter::BlockRewriter(std::span<const RewriteInput> inputs, BlockSink& sink,
                             const RewriteOptions& options)
    : inputs_(inputs), sink_(sink), options_(options) {
  read_tocs();
}

BlockRewriter::~BlockRewriter() = default;

const std::vector<std::unique_ptr<MergeInput>>& BlockRewriter::inputs() const {
  return cursor_->inputs();
}

void BlockRewriter::read_tocs() {
  for (const RewriteInput& input : inputs_) {
    try {
      tocs_.push_back(read_toc(input.source->index()));
      const SymbolReader symbols(input.source->index(), tocs_.back(), kMinWindow);
      symbol_bytes_ += std::uint64_t{symbols.count()} * sizeof(std::uint32_t);
    } catch (const Error& error) {
      throw error.at({.block = input.source->name(), .file = {}, .offset = std::nullopt});
    }
    sources_.push_back(input.source);
  }
}

std::vector<std::unique_ptr<MergeInput>> BlockRewriter::open(std::vector<RankTable> tables,
                                                             std::size_t window) {
  const MergeInput::Options options{.window = window,
                                    .pool = std::make_shared<WindowPool>(2 * inputs_.size())};
  std::vector<std::unique_ptr<MergeInput>> opened;
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    const RewriteInput& input = inputs_[i];
    try {
      opened.push_back(std::make_unique<MergeInput>(
          *input.source, MergeInput::Index{.toc = tocs_[i], .ranks = std::move(tables[i])},
          input.selection, options));
    } catch (const Error& error) {
      throw error.at({.block = input.source->name(), .file = {}, .offset = std::nullopt});
    }
  }
  return opened;
}

void BlockRewriter::run(std::stop_token stop, std::span<SeriesTransform* const> transforms) {
  const std::uint64_t total = options_.budget->total();
  const std::uint64_t wanted = options_.memory == 0 ? total : std::min(total, options_.memory);
  lease_ = options_.budget->acquire(stop, std::max(kMinBudget, wanted));
  const std::uint64_t share = lease_.bytes() - std::min(lease_.bytes() / 2, symbol_bytes_);
  const Shares shares = divide(share, inputs_.size(), transforms.size());

  const WriterOptions writer{.segment_size = options_.segment_size,
                             .postings_memory = shares.postings,
                             .spill_directory = options_.spill_directory};
  assembler_ = std::make_unique<BlockAssembler>(sink_, writer);
  std::vector<RankTable> tables =
      merge_symbols(stop, sources_, tocs_, shares.window,
                    [&](std::string_view symbol) { assembler_->add_symbol(symbol); });
  cursor_ = std::make_unique<MergeCursor>(
      open(std::move(tables), shares.window),
      MergeCursor::Options{.batch_bytes = shares.batch, .split_series = !options_.whole_series});
  BatchPipeline(*cursor_, *assembler_, options_.progress).run(std::move(stop), transforms);
}

}  // namespace strata::tsdb
