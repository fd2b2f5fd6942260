#include "compact/downsample_pass.h"

#include <fmt/format.h>

#include <atomic>
#include <utility>

#include "base/error.h"
#include "base/task_group.h"
#include "compact/downsample_job.h"

namespace strata::compact {

DownsamplePass::DownsamplePass(const Workshop& shop, DownsampleOptions options)
    : shop_(shop), options_(options) {}

bool DownsamplePass::run(const std::stop_token& stop, const DownsampleView& bucket) {
  const std::vector<DueBlock> due = plan(bucket);
  shop_.progress.downsampling_pass = ++passes_;
  shop_.progress.blocks = due.size();
  shop_.progress.blocks_done = 0;
  std::atomic<bool> changed = false;
  std::atomic<std::size_t> waiting = due.size();
  parallel_for(stop, options_.concurrency, due.size(),
               [&](const std::stop_token& inner, std::size_t at) {
                 const Company company{.waiting = static_cast<unsigned>(--waiting),
                                       .at_once = options_.concurrency};
                 if (run_block(inner, bucket, due[at], company)) {
                   changed = true;
                 }
                 ++shop_.progress.blocks_done;
               });
  return changed;
}

std::vector<DueBlock> DownsamplePass::plan(const DownsampleView& bucket) {
  std::set<Ulid> excluded = bucket.left_alone;
  for (const auto& [id, mark] : bucket.view.no_downsample_marks) {
    excluded.insert(id);
  }
  {
    const MutexLock lock(mutex_);
    excluded.insert(finished_.begin(), finished_.end());
  }
  DownsamplePlan plan = plan_downsampling(bucket.view.loaded, excluded);
  for (const MetaPtr& meta : plan.strange) {
    if (!excluded.contains(meta->ulid)) {
      set_aside(meta->ulid, "unknown-resolution",
                fmt::format("its resolution is {} ms", meta->thanos.resolution));
    }
  }
  if (passes_ == 0) {
    for (const auto& [id, meta] : bucket.view.loaded) {
      if (!bucket.view.no_downsample_marks.contains(id)) {
        shop_.metrics.downsampling(meta->thanos.resolution);
      }
    }
  }
  return std::move(plan.due);
}

bool DownsamplePass::run_block(const std::stop_token& stop, const DownsampleView& bucket,
                               const DueBlock& due, const Company& company) {
  const DownsampleRequest request{
      .due = due, .files = bucket.snapshot.blocks.at(due.block->ulid).files, .company = company};
  try {
    JobReport report = run_downsample_job(stop, request, shop_);
    const MutexLock lock(mutex_);
    finished_.insert(due.block->ulid);
    jobs_.push_back(std::move(report));
    return true;
  } catch (const Error& error) {
    return handle_failure(due, error);
  }
}

bool DownsamplePass::handle_failure(const DueBlock& due, const Error& error) {
  const Ulid& id = due.block->ulid;
  unsigned left = 0;
  {
    const MutexLock lock(mutex_);
    unsigned& attempts = attempts_left_.try_emplace(id, options_.attempts).first->second;
    attempts -= attempts > 0 ? 1 : 0;
    left = attempts;
  }
  const Verdict judged = downsample_verdict(error, left);
  if (judged.action == Action::kGiveUp) {
    throw error.while_doing("downsample block " + id.to_string());
  }
  if (judged.action == Action::kRetry) {
    shop_.metrics.retries.increment();
    shop_.log.warn("a block will be downsampled again",
                   {{"block", id.to_string()}, {"err", error.what()}});
    return true;
  }
  set_aside(id, judged.reason, error.what());
  return false;
}

void DownsamplePass::set_aside(const Ulid& block, const std::string& reason,
                               const std::string& message) {
  shop_.log.error("block set aside: it is not downsampled",
                  {{"block", block.to_string()}, {"reason", reason}, {"err", message}});
  shop_.metrics.block_set_aside(reason);
  const MutexLock lock(mutex_);
  finished_.insert(block);
  aside_.push_back({"block " + block.to_string(), reason, message});
}

std::vector<JobReport> DownsamplePass::take_jobs() {
  const MutexLock lock(mutex_);
  return std::exchange(jobs_, {});
}

std::vector<Aside> DownsamplePass::take_aside() {
  const MutexLock lock(mutex_);
  return std::exchange(aside_, {});
}

}  // namespace strata::compact
