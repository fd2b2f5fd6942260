#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/memory_budget.h"
#include "tsdb/block_assembler.h"
#include "tsdb/merge_input.h"
#include "tsdb/progress.h"
#include "tsdb/series_transform.h"

namespace strata::tsdb {

class MergeCursor;

struct RewriteInput {
  const BlockSource* source = nullptr;
  MergeInput::Selection selection;
};

struct RewriteOptions {
  std::uint64_t segment_size = std::uint64_t{512} << 20;
  std::filesystem::path spill_directory;
  // Shared by all of the process. A rewrite takes `memory` bytes of it, or all where 0, before it
  // starts and waits for them.
  MemoryBudget* budget = nullptr;
  std::uint64_t memory = 0;
  MergeProgress* progress = nullptr;
  bool whole_series = false;  // the transform takes no pieces of a series
};

// What merging and downsampling have in common: the series of blocks stream in label order through
// a transform into a new block that has all their symbols, used or not. Memory is bounded by the
// lease; the bytes are the same for any number of threads. Errors name block, file and offset.
class BlockRewriter {
 public:
  // Inputs and options are borrowed. Opens the inputs' indexes.
  BlockRewriter(std::span<const RewriteInput> inputs, BlockSink& sink,
                const RewriteOptions& options);
  ~BlockRewriter();

  // Runs one thread for each transform; once.
  void run(std::stop_token stop, std::span<SeriesTransform* const> transforms);

  // Of what was read and written, after run().
  const BlockStats& stats() const { return assembler_->stats(); }
  const std::vector<std::unique_ptr<MergeInput>>& inputs() const;

  // Commits the rest of the block, also one without any series.
  WrittenBlock finish() { return assembler_->finish(); }

 private:
  void read_tocs();
  std::vector<std::unique_ptr<MergeInput>> open(std::vector<RankTable> tables, std::size_t window);

  std::span<const RewriteInput> inputs_;
  BlockSink& sink_;
  const RewriteOptions& options_;
  std::vector<Toc> tocs_;
  std::vector<const BlockSource*> sources_;
  std::uint64_t symbol_bytes_ = 0;
  MemoryBudget::Lease lease_;
  std::unique_ptr<BlockAssembler> assembler_;
  std::unique_ptr<MergeCursor> cursor_;
};

}  // namespace strata::tsdb
