#include "tsdb/merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "base/error.h"
#include "tsdb/block_rewriter.h"
#include "tsdb/merge_transform.h"

namespace strata::tsdb {
namespace {

TimeRange common_range(std::span<const MergeInputBlock> inputs) {
  TimeRange range = inputs.front().range;
  for (const MergeInputBlock& input : inputs) {
    range.min = std::min(range.min, input.range.min);
    range.max = std::max(range.max, input.range.max);
  }
  return range;
}

std::vector<RewriteInput> select(std::span<const MergeInputBlock> inputs, const TimeRange& range,
                                 const MergeOptions& options) {
  std::vector<RewriteInput> selected;
  for (const MergeInputBlock& input : inputs) {
    RewriteInput& one = selected.emplace_back();
    one.source = input.source;
    one.selection.kept_range = range;
    one.selection.allow_out_of_order_labels = options.allow_out_of_order_labels;
    if (input.check_health) {
      one.selection.health_range = input.range;
    }
  }
  return selected;
}

SampleBooks sum_books(const std::deque<MergeTransform>& transforms) {
  SampleBooks sum;
  for (const MergeTransform& transform : transforms) {
    const SampleBooks& books = transform.books();
    sum.read += books.read;
    sum.written += books.written;
    sum.duplicates += books.duplicates;
    sum.outside += books.outside;
  }
  return sum;
}

void check_books(const SampleBooks& books, const BlockStats& stats) {
  if (books.read != books.written + books.duplicates + books.outside ||
      books.written != stats.num_samples) {
    throw Error(
        ErrorKind::kCorrupt,
        fmt::format(
            "the books of the merge do not balance: {} samples read; {} written ({} by the chunks' "
            "headers), {} duplicates, {} outside the range",
            books.read, books.written, stats.num_samples, books.duplicates, books.outside));
  }
}

}  // namespace

MergeResult merge_blocks(std::stop_token stop, std::span<const MergeInputBlock> inputs,
                         BlockSink& sink, const MergeOptions& options) {
  if (inputs.empty()) {
    throw_invalid("nothing to merge");
  }
  MergeResult result;
  result.range = common_range(inputs);
  const std::vector<RewriteInput> selected = select(inputs, result.range, options);
  const RewriteOptions rewrite{.segment_size = options.segment_size,
                               .spill_directory = options.spill_directory,
                               .budget = options.budget,
                               .memory = options.memory,
                               .progress = options.progress};
  std::deque<MergeTransform> transforms;
  std::vector<SeriesTransform*> threads;
  for (unsigned i = 0; i < std::max(1U, options.threads); ++i) {
    threads.push_back(&transforms.emplace_back(options.function));
  }
  BlockRewriter rewriter(selected, sink, rewrite);
  rewriter.run(std::move(stop), threads);

  for (const auto& input : rewriter.inputs()) {
    result.inputs.push_back(input->health());
    result.chunks_dropped += input->chunks_dropped();
  }
  result.books = sum_books(transforms);
  result.written.stats = rewriter.stats();
  check_books(result.books, rewriter.stats());
  if (rewriter.stats().num_samples == 0) {
    result.empty = true;
  } else {
    result.written = rewriter.finish();
  }
  return result;
}

}  // namespace strata::tsdb
