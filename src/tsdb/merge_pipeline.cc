#include "tsdb/merge_pipeline.h"

#include <utility>

#include "base/error.h"
#include "base/task_group.h"

namespace strata::tsdb {

MergePipeline::MergePipeline(MergeCursor& cursor, BlockAssembler& assembler,
                             const MergeOptions& options)
    : cursor_(cursor),
      assembler_(assembler),
      options_(options),
      max_batches_(options.threads > 1 ? 2 * options.threads + 1 : 1) {}

void MergePipeline::write(MergeBatch& batch) {
  std::size_t encoded = 0, records = 0, written = 0;
  for (const MergeBatch::Series& series : batch.series) {
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
  books_.read += batch.books.read;
  books_.written += batch.books.written;
  books_.duplicates += batch.books.duplicates;
  books_.outside += batch.books.outside;
  if (options_.progress != nullptr) {
    options_.progress->series_written = assembler_.stats().num_series;
    options_.progress->samples_written = assembler_.stats().num_samples;
    options_.progress->bytes_read += batch.chunk_bytes;
  }
}

bool MergePipeline::try_write(std::unique_lock<std::mutex>& lock) {
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

bool MergePipeline::try_process(std::unique_lock<std::mutex>& lock, MergeWorker& worker) {
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

bool MergePipeline::try_cut(std::unique_lock<std::mutex>& lock) {
  if (cutting_ || exhausted_ || (free_.empty() && batches_ == max_batches_)) {
    return false;
  }
  cutting_ = true;
  std::unique_ptr<MergeBatch> batch;
  if (free_.empty()) {
    batch = std::make_unique<MergeBatch>();
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

void MergePipeline::work(const std::stop_token& stop) {
  MergeWorker worker(options_.function);
  std::unique_lock lock(mutex_);
  while (!failed_) {
    if (stop.stop_requested()) {
      throw Error(ErrorKind::kCancelled, "stopped while merging");
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

void MergePipeline::run(std::stop_token stop) {
  parallel_for(std::move(stop), options_.threads, options_.threads,
               [this](const std::stop_token& token, std::size_t) {
                 try {
                   work(token);
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
