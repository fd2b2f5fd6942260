#include "compact/loop.h"

#include <algorithm>
#include <atomic>

#include "base/task_group.h"
#include "block/group_key.h"
#include "block/remove_block.h"
#include "compact/cleanup.h"

namespace strata::compact {
namespace {

using Steady = std::chrono::steady_clock;

constexpr unsigned kRemovals = 32;  // blocks removed side by side, as many as the reference

double seconds_since(Steady::time_point started) {
  return std::chrono::duration<double>(Steady::now() - started).count();
}

std::set<Ulid> keys_of(const std::map<Ulid, block::Mark>& marks) {
  std::set<Ulid> ids;
  for (const auto& [id, mark] : marks) {
    ids.insert(id);
  }
  return ids;
}

}  // namespace

Loop::Loop(block::SnapshotReader& reader, const Workshop& shop, LoopOptions options)
    : reader_(reader), shop_(shop), options_(std::move(options)) {}

Loop::~Loop() = default;

RunReport Loop::run(std::stop_token stop) {
  while (run_pass(stop)) {
  }
  shop_.log.info("nothing is left to merge");
  if (options_.retention.downsampling) {
    downsample(stop);
  }
  sync(stop);
  apply_retention();
  remove_aborted_uploads(stop);
  const MutexLock lock(mutex_);
  return report_;
}

void Loop::sync(const std::stop_token& stop) {
  const auto started = Steady::now();
  shop_.metrics.base_syncs.increment();
  shop_.metrics.syncs.increment();
  try {
    snapshot_ = reader_.read(stop, shop_.clock);
    block::FilterOptions filters = options_.filters;
    filters.min_time = options_.min_time.resolve(shop_.clock);
    filters.max_time = options_.max_time.resolve(shop_.clock);
    view_ = block::apply_filters(*snapshot_, filters, shop_.clock.now_ms());
  } catch (const Error&) {
    shop_.metrics.sync_failures.increment();
    throw;
  }
  shop_.metrics.sync_seconds.observe(seconds_since(started));
  shop_.metrics.show(view_);
  for (const std::string& warning : snapshot_->warnings) {
    shop_.log.warn("a block's file could not be used", {{"err", warning}});
  }
  note_failed_blocks();
}

// Once for each, however often the bucket is looked at.
void Loop::note_failed_blocks() {
  for (const block::SetAside& failed : view_.failed) {
    if (!noted_.insert(failed.block).second) {
      continue;
    }
    shop_.log.error("block set aside",
                    {{"block", failed.block.to_string()}, {"err", failed.reason}});
    shop_.metrics.block_set_aside("unreadable");
    const MutexLock lock(mutex_);
    report_.aside.push_back({"block " + failed.block.to_string(), "unreadable", failed.reason});
  }
}

std::set<Ulid> Loop::remove_blocks(const std::stop_token& stop, const std::vector<Ulid>& ids,
                                   std::string_view why) {
  std::set<Ulid> removed;
  Mutex mutex;
  parallel_for(stop, kRemovals, ids.size(), [&](const std::stop_token& inner, std::size_t at) {
    try {
      block::remove_block(inner, shop_.bucket, ids[at]);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::kCancelled) {
        throw;
      }
      // One object that cannot be removed now is no reason to stop: the next run tries again.
      shop_.metrics.cleanup_failures.increment();
      shop_.log.error("a block could not be removed",
                      {{"block", ids[at].to_string()}, {"err", error.what()}});
      const MutexLock lock(mutex_);
      ++report_.failed_removals;
      return;
    }
    shop_.metrics.blocks_cleaned.increment();
    shop_.log.info("removed a block", {{"block", ids[at].to_string()}, {"why", why}});
    const MutexLock lock(mutex);
    removed.insert(ids[at]);
  });
  return removed;
}

std::set<Ulid> Loop::purge(const std::stop_token& stop) {
  const auto ids =
      blocks_to_purge(*snapshot_, view_, options_.filters.delete_delay, shop_.clock.now_ms());
  std::set<Ulid> removed = remove_blocks(stop, ids, "marked for deletion");
  const MutexLock lock(mutex_);
  report_.purged += removed.size();
  return removed;
}

void Loop::collect_garbage(const std::set<Ulid>& just_purged) {
  const auto started = Steady::now();
  for (const Ulid& id : garbage(view_, just_purged)) {
    try {
      mark_deletion(id, "outdated block", shop_);
    } catch (const Error&) {
      shop_.metrics.garbage_collection_failures.increment();
      throw;
    }
    shop_.metrics.garbage_collected.increment();
    const MutexLock lock(mutex_);
    ++report_.garbage;
  }
  shop_.metrics.garbage_collections.increment();
  shop_.metrics.garbage_collection_seconds.observe(seconds_since(started));
}

// True when something changed, so that there may be more to do.
bool Loop::run_pass(const std::stop_token& stop) {
  sync(stop);
  collect_garbage(purge(stop));
  std::vector<Group> groups = make_groups(view_.loaded);
  for (const Group& group : groups) {
    shop_.metrics.groups(group.resolution);
  }
  std::set<std::string> aside;
  {
    const MutexLock lock(mutex_);
    ++report_.passes;
    aside = groups_aside_;
  }
  std::erase_if(groups, [&aside](const Group& group) {
    return group.blocks.size() == 1 || aside.contains(group.key);
  });
  ++shop_.progress.pass;
  shop_.progress.groups = groups.size();
  shop_.progress.groups_done = 0;
  std::atomic<bool> changed = false;
  std::atomic<std::size_t> waiting = groups.size();
  parallel_for(stop, options_.group_concurrency, groups.size(),
               [&](const std::stop_token& inner, std::size_t at) {
                 const std::size_t others = --waiting;
                 if (run_group(inner, groups[at], others)) {
                   changed = true;
                 }
                 ++shop_.progress.groups_done;
               });
  return changed;
}

bool Loop::run_group(const std::stop_token& stop, const Group& group, std::size_t waiting) {
  JobRequest request{.group = group,
                     .snapshot = *snapshot_,
                     .excluded = keys_of(view_.no_compact_marks),
                     .company = {.waiting = static_cast<unsigned>(waiting),
                                 .at_once = options_.group_concurrency}};
  {
    const MutexLock lock(mutex_);
    request.excluded.insert(blocks_aside_.begin(), blocks_aside_.end());
    request.excluded.insert(unplanned_.begin(), unplanned_.end());
  }
  try {
    JobReport report = run_job(stop, request, shop_);
    const bool changed = report.outcome != JobOutcome::kNothing;
    if (report.outcome == JobOutcome::kEmpty) {
      // Their marks are young, so that they stay in view: without this they would be merged for
      // ever.
      const MutexLock lock(mutex_);
      unplanned_.insert(report.inputs.begin(), report.inputs.end());
    }
    if (changed) {
      record(std::move(report));
    }
    return changed;
  } catch (const Error& error) {
    return handle_failure(stop, request, error);
  }
}

bool Loop::handle_failure(const std::stop_token& stop, const JobRequest& request,
                          const Error& error) {
  VerdictOptions options{.skip_out_of_order_chunks = options_.skip_out_of_order_chunks,
                         .attempts_left = 0};
  {
    const MutexLock lock(mutex_);
    unsigned& left = attempts_left_.try_emplace(request.group.key, options_.attempts).first->second;
    left -= left > 0 ? 1 : 0;
    options.attempts_left = left;
  }
  const Verdict judged = verdict(error, options);
  switch (judged.action) {
    case Action::kRetry:
      shop_.metrics.retries.increment();
      shop_.log.warn("a group will be tried again",
                     {{"group", request.group.title()}, {"err", error.what()}});
      return true;
    case Action::kRepairBlock:
      return repair(stop, request, error);
    case Action::kMarkBlock:
      mark_block(stop, error);
      return true;
    case Action::kSetBlockAside:
      set_block_aside(Ulid::parse(error.place().block).value_or(Ulid()), judged, error);
      return true;
    case Action::kSetGroupAside:
      set_group_aside(request.group, judged.reason, error);
      return false;
    case Action::kGiveUp:
      break;
  }
  throw error.while_doing("group " + request.group.title());
}

bool Loop::repair(const std::stop_token& stop, const JobRequest& request, const Error& error) {
  const std::string reason(to_string(Trouble::kChunksAtEnd));
  const Ulid broken = Ulid::parse(error.place().block).value_or(Ulid());
  bool is_first = true;
  {
    const MutexLock lock(mutex_);
    is_first = repaired_.insert(broken).second;
  }
  if (!is_first) {
    set_group_aside(request.group, reason, error);
    return false;
  }
  try {
    record(repair_block(stop, request, broken, shop_));
    return true;
  } catch (const Error& failure) {
    if (verdict(failure, {}).action == Action::kGiveUp) {
      throw;
    }
    set_group_aside(request.group, reason, failure.while_doing("repair"));
    return false;
  }
}

// Left out from now on, whether or not the next listing shows the mark already.
void Loop::mark_block(const std::stop_token& stop, const Error& error) {
  const Ulid id = Ulid::parse(error.place().block).value_or(Ulid());
  mark_no_compact(
      stop, {.block = id, .reason = block::kReasonOutOfOrderChunk, .details = error.message()},
      shop_);
  const MutexLock lock(mutex_);
  unplanned_.insert(id);
}

void Loop::set_block_aside(const Ulid& block, const Verdict& verdict, const Error& error) {
  shop_.log.error(
      "block set aside",
      {{"block", block.to_string()}, {"reason", verdict.reason}, {"err", error.what()}});
  shop_.metrics.block_set_aside(verdict.reason);
  const MutexLock lock(mutex_);
  blocks_aside_.insert(block);
  report_.aside.push_back({"block " + block.to_string(), verdict.reason, error.what()});
}

void Loop::set_group_aside(const Group& group, const std::string& reason, const Error& error) {
  shop_.log.error("group set aside", {{"group", group.title()},
                                      {"groupKey", group.key},
                                      {"reason", reason},
                                      {"err", error.what()}});
  shop_.metrics.group_set_aside(reason);
  const MutexLock lock(mutex_);
  groups_aside_.insert(group.key);
  report_.aside.push_back({"group " + group.title(), reason, error.what()});
}

// The last pass of merges changed nothing, so that its view still holds.
void Loop::downsample(const std::stop_token& stop) {
  DownsamplePass pass(shop_, options_.downsampling);
  const std::set<Ulid> alone = left_alone();
  // Again for what was made: blocks of five minutes may be due themselves.
  while (pass.run(stop, {.snapshot = *snapshot_, .view = view_, .left_alone = alone})) {
    sync(stop);
  }
  const MutexLock lock(mutex_);
  std::ranges::move(pass.take_jobs(), std::back_inserter(report_.jobs));
  std::ranges::move(pass.take_aside(), std::back_inserter(report_.aside));
}

std::set<Ulid> Loop::left_alone() {
  const MutexLock lock(mutex_);
  std::set<Ulid> alone = blocks_aside_;
  for (const auto& [id, meta] : view_.loaded) {
    if (groups_aside_.contains(block::group_key(meta->thanos.resolution, meta->labels()))) {
      alone.insert(id);
    }
  }
  return alone;
}

void Loop::apply_retention() {
  const RetentionPlan plan = plan_retention(view_.loaded,
                                            {.marked = keys_of(view_.deletion_marks),
                                             .no_downsample = keys_of(view_.no_downsample_marks)},
                                            options_.retention, shop_.clock.now_ms());
  for (const ExpiredBlock& expired : plan.expired) {
    mark_deletion(expired.block, expired.details, shop_);
  }
  for (const Ulid& id : plan.waiting) {
    shop_.log.warn("block is past its retention, but stays until it was downsampled",
                   {{"block", id.to_string()}});
  }
  const MutexLock lock(mutex_);
  report_.expired = plan.expired.size();
  report_.waiting_for_downsampling = plan.waiting.size();
}

void Loop::remove_aborted_uploads(const std::stop_token& stop) {
  const std::vector<Ulid> ids = aborted_uploads(*snapshot_, shop_.clock.now_ms());
  shop_.metrics.partial_deletion_attempts.increment(static_cast<double>(ids.size()));
  const std::set<Ulid> removed = remove_blocks(stop, ids, "aborted upload");
  shop_.metrics.cleanup_loops.increment();
  const MutexLock lock(mutex_);
  report_.aborted_uploads = removed.size();
}

void Loop::record(JobReport report) {
  const MutexLock lock(mutex_);
  report_.jobs.push_back(std::move(report));
}

}  // namespace strata::compact
