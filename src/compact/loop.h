#pragma once

#include <limits>
#include <map>
#include <memory>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "base/duration.h"
#include "base/mutex.h"
#include "block/filters.h"
#include "block/snapshot.h"
#include "compact/downsample_pass.h"
#include "compact/job.h"
#include "compact/retention.h"
#include "compact/verdict.h"

namespace strata::compact {

struct LoopOptions {
  block::FilterOptions filters;  // but for the times, which are looked at anew at every sync
  TimeOrDuration min_time = TimeOrDuration::at(std::numeric_limits<Timestamp>::min());
  TimeOrDuration max_time = TimeOrDuration::at(std::numeric_limits<Timestamp>::max());
  RetentionPolicy retention;
  unsigned group_concurrency = 1;
  DownsampleOptions downsampling;  // whether at all, retention.downsampling says
  bool skip_out_of_order_chunks = false;
  unsigned attempts = 3;  // at a group whose job fails for reasons that may pass
};

struct RunReport {
  std::vector<JobReport> jobs;
  std::vector<Aside> aside;
  unsigned passes = 0;
  std::size_t purged = 0;
  std::size_t garbage = 0;
  std::size_t expired = 0;
  std::size_t waiting_for_downsampling = 0;
  std::size_t aborted_uploads = 0;
  std::size_t failed_removals = 0;

  // Whether everything was done that there was to do.
  bool is_clean() const { return aside.empty() && failed_removals == 0; }
};

// One run over a bucket, in the reference's order: passes of purging, garbage collection and one
// merge a group until nothing is left to merge; then downsampling, whose results are looked at
// once more; then retention; then the removal of aborted uploads. A group or block that cannot be
// worked on is set aside, and the others go on. run() once, from one thread.
class Loop {
 public:
  Loop(block::SnapshotReader& reader, const Workshop& shop, LoopOptions options);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Throws what ends the whole run: the bucket cannot be listed or written, a stop was requested.
  RunReport run(std::stop_token stop);

 private:
  void sync(const std::stop_token& stop);
  void note_failed_blocks();
  std::set<Ulid> purge(const std::stop_token& stop);
  void collect_garbage(const std::set<Ulid>& just_purged);
  bool run_pass(const std::stop_token& stop);
  bool run_group(const std::stop_token& stop, const Group& group, std::size_t waiting);
  bool handle_failure(const std::stop_token& stop, const JobRequest& request, const Error& error);
  bool repair(const std::stop_token& stop, const JobRequest& request, const Error& error);
  void mark_block(const std::stop_token& stop, const Error& error);
  void set_block_aside(const Ulid& block, const Verdict& verdict, const Error& error);
  void set_group_aside(const Group& group, const std::string& reason, const Error& error);
  void downsample(const std::stop_token& stop);
  // Blocks that are left alone, those of groups set aside among them.
  std::set<Ulid> left_alone();
  void apply_retention();
  void remove_aborted_uploads(const std::stop_token& stop);
  // Removes blocks side by side, counts and logs; returns those that are gone.
  std::set<Ulid> remove_blocks(const std::stop_token& stop, const std::vector<Ulid>& ids,
                               std::string_view why);
  void record(JobReport report);

  block::SnapshotReader& reader_;
  const Workshop& shop_;
  const LoopOptions options_;
  std::shared_ptr<const block::Snapshot> snapshot_;
  block::BlockView view_;
  std::set<Ulid> noted_;  // blocks of view_.failed that are reported already

  Mutex mutex_;
  RunReport report_ GUARDED_BY(mutex_);
  std::set<std::string> groups_aside_ GUARDED_BY(mutex_);  // keys
  std::set<Ulid> blocks_aside_ GUARDED_BY(mutex_);
  std::set<Ulid> unplanned_ GUARDED_BY(mutex_);  // left out of merges, but nothing is wrong
  std::set<Ulid> repaired_ GUARDED_BY(mutex_);
  std::map<std::string, unsigned> attempts_left_ GUARDED_BY(mutex_);
};

}  // namespace strata::compact
