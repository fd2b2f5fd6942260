#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "base/memory_budget.h"
#include "block/object_source.h"
#include "block/snapshot.h"
#include "compact/group.h"
#include "compact/metrics.h"
#include "compact/plan.h"
#include "compact/thread_budget.h"
#include "objstore/bucket.h"
#include "telemetry/log.h"
#include "tsdb/merge.h"

namespace strata::compact {

struct JobOptions {
  PlanOptions plan;
  tsdb::MergeFunction merge_function = tsdb::MergeFunction::kOneToOne;
  block::HashFunction hash = block::HashFunction::kNone;
  bool accept_malformed_index = false;
  std::uint64_t segment_size = std::uint64_t{512} << 20;
  std::filesystem::path spill_directory;  // exists
};

// What a progress line shows.
struct Progress {
  std::atomic<unsigned> pass = 0;
  std::atomic<std::size_t> groups = 0;  // of this pass
  std::atomic<std::size_t> groups_done = 0;
  std::atomic<unsigned> merges_done = 0;
  std::atomic<unsigned> downsampling_pass = 0;  // 0: not there yet
  std::atomic<std::size_t> blocks = 0;          // due in this pass of downsampling
  std::atomic<std::size_t> blocks_done = 0;
  tsdb::MergeProgress merge;  // of the merge or downsampling that wrote last
};

// What all jobs of the process share; outlives them.
struct Workshop {
  objstore::Bucket& bucket;
  const Clock& clock;
  UlidSource& ulids;
  MemoryBudget& memory;
  ThreadBudget& threads;
  const Metrics& metrics;
  telemetry::Logger log;
  Progress& progress;
  JobOptions options;
};

enum class JobOutcome {
  kNothing,      // the plan was empty
  kMerged,       // a new block is in the bucket, its inputs are marked for deletion
  kEmpty,        // no sample was left: inputs without samples are marked for deletion
  kRepaired,     // a block was rewritten without its chunks at the end
  kDownsampled,  // a block of the next resolution is in the bucket
};

// For the log and the table at the end.
struct JobReport {
  JobOutcome outcome = JobOutcome::kNothing;
  std::string group = {};  // title
  std::vector<Ulid> inputs = {};
  Ulid result = {};
  TimeRange range = {};
  block::Resolution resolution = block::kRaw;  // of the result
  int level = 0;
  std::uint64_t series = 0;
  std::uint64_t samples = 0;
  std::uint64_t bytes = 0;  // of the new block's files
  std::chrono::duration<double> seconds{0};
};

struct JobRequest {
  const Group& group;
  const block::Snapshot& snapshot;  // in which the group was seen
  std::set<Ulid> excluded;          // no-compact-marked, or set aside in this run
  Company company = {};
};

// The bytes of the process's budget that one of `company` may take: all of them must be able to.
std::uint64_t memory_share(const Workshop& shop, const Company& company);

// Plans one merge within a group and carries it out: streams the inputs from the bucket to the
// bucket, publishes meta.json last, marks the inputs after that. Throws JobError for what is wrong
// with the group or a block of it; then nothing of the result is visible, and what was uploaded of
// it is removed again.
JobReport run_job(std::stop_token stop, const JobRequest& request, const Workshop& shop);

// Rewrites a raw block whose chunks begin at its end (Trouble::kChunksAtEnd) and marks it for
// deletion.
JobReport repair_block(std::stop_token stop, const JobRequest& request, const Ulid& broken,
                       const Workshop& shop);

// Writes a no-compact mark and counts it.
void mark_no_compact(std::stop_token stop, const PlannedMark& mark, const Workshop& shop);
// Writes a deletion mark and counts it. Not to be stopped half-way, so it takes no token.
void mark_deletion(const Ulid& id, const std::string& details, const Workshop& shop);

}  // namespace strata::compact
