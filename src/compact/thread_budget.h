#pragma once

#include "base/mutex.h"

namespace strata::compact {

// The jobs around one that asks for its share of the process.
struct Company {
  unsigned waiting = 0;  // may still start while this one runs
  unsigned at_once = 1;  // run side by side at most, this one among them
};

// The threads of the process, shared by all jobs. A job gets what is free, but leaves a fair share
// to each of the others that may come; never less than one. Thread-safe.
class ThreadBudget {
 public:
  explicit ThreadBudget(unsigned threads);

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

  Lease acquire(const Company& company);

 private:
  const unsigned total_;
  Mutex mutex_;
  unsigned used_ GUARDED_BY(mutex_) = 0;
  unsigned running_ GUARDED_BY(mutex_) = 0;
};

}  // namespace strata::compact
