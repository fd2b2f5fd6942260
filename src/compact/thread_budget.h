#pragma once

#include "base/mutex.h"

namespace strata::compact {

// The threads of the process, shared by all jobs. A job gets what is free, but leaves a fair share
// to each of the others that may come; never less than one. Thread-safe.
class ThreadBudget {
 public:
  // `jobs`: how many run at once, at most.
  ThreadBudget(unsigned threads, unsigned jobs);

  // Gives its threads back when destroyed.
  class Lease {
   public:
    explicit Lease(ThreadBudget& budget, unsigned threads) : budget_(budget), threads_(threads) {}
    ~Lease();
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    unsigned threads() const { return threads_; }

   private:
    ThreadBudget& budget_;
    unsigned threads_;
  };

  // `others`: jobs that may still start while this one runs.
  Lease acquire(unsigned others);
  unsigned jobs() const { return jobs_; }

 private:
  const unsigned total_;
  const unsigned jobs_;
  Mutex mutex_;
  unsigned used_ GUARDED_BY(mutex_) = 0;
  unsigned running_ GUARDED_BY(mutex_) = 0;
};

}  // namespace strata::compact
