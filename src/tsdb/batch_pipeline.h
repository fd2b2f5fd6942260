#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <stop_token>
#include <vector>

#include "tsdb/batch_worker.h"
#include "tsdb/merge_cursor.h"
#include "tsdb/progress.h"

namespace strata::tsdb {

// Moves batches from the cursor through workers to the assembler, in order. There are no dedicated
// threads: each one writes if the next batch in turn is ready, else processes, else cuts. One
// thread therefore does all without waiting, and no step starves another. At most 2 * threads + 1
// batches exist.
class BatchPipeline {
 public:
  // `progress` may be nullptr.
  BatchPipeline(MergeCursor& cursor, BlockAssembler& assembler, MergeProgress* progress);

  // One thread for each transform. Returns when everything is written; rethrows the first failure.
  void run(std::stop_token stop, std::span<SeriesTransform* const> transforms);

 private:
  void work(const std::stop_token& stop, SeriesTransform& transform);
  // Each does one step with the lock released meanwhile; false if there is nothing of its kind to
  // do.
  bool try_write(std::unique_lock<std::mutex>& lock);
  bool try_process(std::unique_lock<std::mutex>& lock, BatchWorker& worker);
  bool try_cut(std::unique_lock<std::mutex>& lock);
  void write(SeriesBatch& batch);

  MergeCursor& cursor_;
  BlockAssembler& assembler_;
  MergeProgress* progress_;
  std::size_t max_batches_ = 1;

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<std::unique_ptr<SeriesBatch>> free_;
  std::vector<std::unique_ptr<SeriesBatch>> cut_;                // in order, waiting for a worker
  std::map<std::uint64_t, std::unique_ptr<SeriesBatch>> ready_;  // by number
  std::size_t batches_ = 0;
  std::uint64_t next_cut_ = 0;
  std::uint64_t next_write_ = 0;
  bool cutting_ = false;
  bool writing_ = false;
  bool exhausted_ = false;  // the cursor has nothing more
  bool failed_ = false;
};

}  // namespace strata::tsdb
