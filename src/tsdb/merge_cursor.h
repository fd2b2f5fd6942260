#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "tsdb/chunk/tie_heap.h"
#include "tsdb/merge_input.h"
#include "tsdb/series_batch.h"

namespace strata::tsdb {

// Walks all inputs in label order and cuts what it finds into batches. One thread at a time.
class MergeCursor {
 public:
  struct Options {
    std::uint64_t batch_bytes = 0;
    bool split_series = true;  // a series of one input may go on in the next batch
  };

  MergeCursor(std::vector<std::unique_ptr<MergeInput>> inputs, const Options& options);

  // Fills an empty batch; false when there was nothing left to put into it.
  bool cut(SeriesBatch& batch);

  const std::vector<std::unique_ptr<MergeInput>>& inputs() const { return inputs_; }

 private:
  struct ByLabels {
    bool operator()(const MergeInput* a, const MergeInput* b) const;
  };

  bool advance();
  void push(MergeInput* input);
  bool is_full(const SeriesBatch& batch) const;
  void add_series(SeriesBatch& batch);
  // Moves the chunks of one input from `first` on into the batch, at most until it is full if
  // `may_split`; returns the first one that stayed behind.
  std::size_t add_part(SeriesBatch& batch, MergeInput& input, std::size_t first, bool may_split);

  std::vector<std::unique_ptr<MergeInput>> inputs_;
  Options options_;
  TieHeap<MergeInput*, ByLabels> heap_;
  std::vector<MergeInput*> current_;  // the inputs that have the current series, in heap order
  std::size_t next_chunk_ = 0;        // of a series that is being split
  bool started_ = false;
};

}  // namespace strata::tsdb
