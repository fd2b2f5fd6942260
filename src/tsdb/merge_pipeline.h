#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <vector>

#include "tsdb/merge.h"
#include "tsdb/merge_cursor.h"
#include "tsdb/merge_worker.h"

namespace strata::tsdb {

// Moves batches from the cursor through workers to the assembler, in order. There are no dedicated
// threads: each one writes if the next batch in turn is ready, else processes, else cuts. One
// thread therefore does all without waiting, and no step starves another. At most 2 * threads + 1
// batches exist.
class MergePipeline {
 public:
  MergePipeline(MergeCursor& cursor, BlockAssembler& assembler, const MergeOptions& options);

  // Returns when everything is written; rethrows the first failure.
  void run(std::stop_token stop);

  const SampleBooks& books() const { return books_; }

 private:
  void work(const std::stop_token& stop);
  // Each does one step with the lock released meanwhile; false if there is nothing of its kind to
  // do.
  bool try_write(std::unique_lock<std::mutex>& lock);
  bool try_process(std::unique_lock<std::mutex>& lock, MergeWorker& worker);
  bool try_cut(std::unique_lock<std::mutex>& lock);
  void write(MergeBatch& batch);

  MergeCursor& cursor_;
  BlockAssembler& assembler_;
  const MergeOptions& options_;
  std::size_t max_batches_;

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<std::unique_ptr<MergeBatch>> free_;
  std::vector<std::unique_ptr<MergeBatch>> cut_;                // in order, waiting for a worker
  std::map<std::uint64_t, std::unique_ptr<MergeBatch>> ready_;  // by number
  std::size_t batches_ = 0;
  std::uint64_t next_cut_ = 0;
  std::uint64_t next_write_ = 0;
  bool cutting_ = false;
  bool writing_ = false;
  bool exhausted_ = false;  // the cursor has nothing more
  bool failed_ = false;
  SampleBooks books_;  // of the writer
};

}  // namespace strata::tsdb
