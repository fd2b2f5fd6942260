#pragma once

#include <map>
#include <set>
#include <stop_token>
#include <vector>

#include "base/mutex.h"
#include "block/filters.h"
#include "block/snapshot.h"
#include "compact/downsample_plan.h"
#include "compact/job.h"
#include "compact/verdict.h"

namespace strata::compact {

struct DownsampleOptions {
  unsigned concurrency = 1;  // blocks side by side
  unsigned attempts = 3;     // at a block that fails for reasons that may pass
};

// One look at the bucket.
struct DownsampleView {
  const block::Snapshot& snapshot;
  const block::BlockView& view;      // filtered from it
  const std::set<Ulid>& left_alone;  // blocks that are not downsampled, whatever their marks
};

// Works down what is due for downsampling, pass by pass, each over a new look at the bucket. A
// block that cannot be downsampled is set aside, and the others go on. One thread calls it.
class DownsamplePass {
 public:
  // `shop` outlives it.
  DownsamplePass(const Workshop& shop, DownsampleOptions options);

  // True if another pass may find work: something was made, or is to be tried again. Throws what
  // ends the whole run: the bucket cannot be written, a stop was requested.
  bool run(const std::stop_token& stop, const DownsampleView& bucket);

  // Since the last call.
  std::vector<JobReport> take_jobs();
  std::vector<Aside> take_aside();

 private:
  std::vector<DueBlock> plan(const DownsampleView& bucket);
  bool run_block(const std::stop_token& stop, const DownsampleView& bucket, const DueBlock& due,
                 const Company& company);
  bool handle_failure(const DueBlock& due, const Error& error);
  void set_aside(const Ulid& block, const std::string& reason, const std::string& message);

  const Workshop& shop_;
  const DownsampleOptions options_;
  unsigned passes_ = 0;

  Mutex mutex_;
  std::vector<JobReport> jobs_ GUARDED_BY(mutex_);
  std::vector<Aside> aside_ GUARDED_BY(mutex_);
  std::set<Ulid> finished_ GUARDED_BY(mutex_);  // downsampled or set aside
  std::map<Ulid, unsigned> attempts_left_ GUARDED_BY(mutex_);
};

}  // namespace strata::compact
