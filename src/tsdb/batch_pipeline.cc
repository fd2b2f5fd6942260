#include "tsdb/batch_pipeline.h"

#include <utility>

#include "base/error.h"
#include "base/task_group.h"

namespace strata::tsdb {

BatchPipeline::BatchPipeline(MergeCursor& cursor, BlockAssembler& assembler,
                             MergeProgress* progress)
    : cursor_(cursor), assembler_(assembler), progress_(progress) {}

void BatchPipeline::write(SeriesBatch& batch) {
  std::size_t encoded = 0, records = 0, written = 0;
  for (const SeriesBatch::Series& series : batch.series) {
    const auto labels = std::span(batch.labels)
                            .subspan(series.labels_begin, series.labels_end - series.labels_begin);
    if (series.begins) {
      assembler_.begin_series();
    }
    assembler_.add_chunks(Bytes(batch.records).subspan(records, series.records_end - records),
                          std::span(batch.written).subspan(written, series.written_end - written));
    if (series.ends) {
      assembler_.end_series(
          labels,
          Bytes(batch.encoded_labels).subspan(encoded, series.encoded_labels_end - encoded));
    }
    encoded = series.encoded_labels_end;
    records = series.records_end;
    written = series.written_end;
  }
  assembler_.flush();
  if (progress_ != nullptr) {
    progress_->series_written = assembler_.stats().num_series;
    progress_->samples_written = assembler_.stats().num_samples;
    progress_->bytes_read += batch.chunk_bytes;
  }
}

bool BatchPipeline::try_write(std::unique_lock<std::mutex>& lock) {
  if (writing_ || ready_.empty() || ready_.begin()->first != next_write_) {
    return false;
  }
  writing_ = true;
  auto batch = std::move(ready_.begin()->second);
  ready_.erase(ready_.begin());
  lock.unlock();
  write(*batch);
  batch->clear();
  lock.lock();
  writing_ = false;
  ++next_write_;
  free_.push_back(std::move(batch));
  return true;
}

bool BatchPipeline::try_process(std::unique_lock<std::mutex>& lock, BatchWorker& worker) {
  if (cut_.empty()) {
    return false;
  }
  auto batch = std::move(cut_.front());
  cut_.erase(cut_.begin());
  lock.unlock();
  worker.process(*batch);
  lock.lock();
  const std::uint64_t number = batch->number;
  ready_.emplace(number, std::move(batch));
  return true;
}

bool BatchPipeline::try_cut(std::unique_lock<std::mutex>& lock) {
  if (cutting_ || exhausted_ || (free_.empty() && batches_ == max_batches_)) {
    return false;
  }
  cutting_ = true;
  std::unique_ptr<SeriesBatch> batch;
  if (free_.empty()) {
    batch = std::make_unique<SeriesBatch>();
    ++batches_;
  } else {
    batch = std::move(free_.back());
    free_.pop_back();
  }
  lock.unlock();
  const bool any = cursor_.cut(*batch);
  lock.lock();
  cutting_ = false;
  if (any) {
    batch->number = next_cut_++;
    cut_.push_back(std::move(batch));
  } else {
    exhausted_ = true;
    free_.push_back(std::move(batch));
  }
  return true;
}

void BatchPipeline::work(const std::stop_token& stop, SeriesTransform& transform) {
  BatchWorker worker(transform);
  std::unique_lock lock(mutex_);
  while (!failed_) {
    if (stop.stop_requested()) {
      throw Error(ErrorKind::kCancelled, "stopped while writing a block");
    }
    if (try_write(lock) || try_process(lock, worker) || try_cut(lock)) {
      changed_.notify_all();
      continue;
    }
    if (exhausted_ && next_write_ == next_cut_) {
      return;
    }
    changed_.wait(lock, stop, [this] {
      return failed_ || (!writing_ && !ready_.empty() && ready_.begin()->first == next_write_) ||
             !cut_.empty() ||
             (!cutting_ && !exhausted_ && (!free_.empty() || batches_ < max_batches_)) ||
             (exhausted_ && next_write_ == next_cut_);
    });
  }
}

void BatchPipeline::run(std::stop_token stop, std::span<SeriesTransform* const> transforms) {
  const std::size_t threads = transforms.size();
  max_batches_ = threads > 1 ? 2 * threads + 1 : 1;
  parallel_for(std::move(stop), static_cast<unsigned>(threads), threads,
               [this, transforms](const std::stop_token& token, std::size_t thread) {
                 try {
                   work(token, *transforms[thread]);
                 } catch (...) {
                   {
                     const std::lock_guard lock(mutex_);
                     failed_ = true;
                   }
                   changed_.notify_all();
                   throw;
                 }
               });
}

}  // namespace strata::tsdb
