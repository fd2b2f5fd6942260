#include "cmd/bucket_upkeep.h"

#include <atomic>
#include <memory>
#include <string>

#include "base/error.h"
#include "base/task_group.h"
#include "block/marks.h"
#include "block/remove_block.h"
#include "block/snapshot.h"
#include "compact/cleanup.h"

namespace strata::cmd {
namespace {

constexpr unsigned kRemovals = 32;

struct Sync {
  std::shared_ptr<const block::Snapshot> snapshot;
  block::BlockView view;
};

Sync read_bucket(const std::stop_token& stop, const Upkeep& upkeep) {
  Sync sync;
  sync.snapshot = block::SnapshotReader(upkeep.bucket,
                                        {.cache_directory = {}, .concurrency = upkeep.concurrency})
                      .read(stop, upkeep.clock);
  sync.view = block::apply_filters(*sync.snapshot, upkeep.filters, upkeep.clock.now_ms());
  for (const std::string& warning : sync.snapshot->warnings) {
    upkeep.log.warn("a block's file could not be used", {{"err", warning}});
  }
  for (const block::SetAside& failed : sync.view.failed) {
    upkeep.log.error("block left alone",
                     {{"block", failed.block.to_string()}, {"err", failed.reason}});
  }
  return sync;
}

std::size_t remove_blocks(const std::stop_token& stop, const Upkeep& upkeep,
                          const std::vector<Ulid>& ids, std::string_view why) {
  std::atomic<std::size_t> removed = 0;
  parallel_for(stop, kRemovals, ids.size(), [&](const std::stop_token& inner, std::size_t at) {
    const std::string id = ids[at].to_string();
    try {
      block::remove_block(inner, upkeep.bucket, ids[at]);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::kCancelled) {
        throw;
      }
      upkeep.log.error("a block could not be removed", {{"block", id}, {"err", error.what()}});
      return;
    }
    ++removed;
    upkeep.log.info("removed a block", {{"block", id}, {"why", why}});
  });
  return removed;
}

}  // namespace

std::size_t apply_retention(const std::stop_token& stop, const Upkeep& upkeep,
                            const compact::RetentionPolicy& policy) {
  const Sync sync = read_bucket(stop, upkeep);
  compact::RetentionFacts facts;
  for (const auto& [id, mark] : sync.view.deletion_marks) {
    facts.marked.insert(id);
  }
  for (const auto& [id, mark] : sync.view.no_downsample_marks) {
    facts.no_downsample.insert(id);
  }
  const compact::RetentionPlan plan =
      compact::plan_retention(sync.view.loaded, facts, policy, upkeep.clock.now_ms());
  std::size_t marked = 0;
  for (const compact::ExpiredBlock& expired : plan.expired) {
    const block::Mark mark{.kind = block::MarkKind::kDeletion,
                           .block = expired.block,
                           .details = expired.details,
                           .time_s = upkeep.clock.now_s(),
                           .reason = {}};
    if (block::put_mark(stop, upkeep.bucket, mark) == block::MarkPut::kWritten) {
      ++marked;
      upkeep.log.info("marked a block for deletion",
                      {{"block", expired.block.to_string()}, {"why", expired.details}});
    }
  }
  return marked;
}

CleanupReport clean_bucket(const std::stop_token& stop, const Upkeep& upkeep) {
  const Sync sync = read_bucket(stop, upkeep);
  const Timestamp now = upkeep.clock.now_ms();
  const std::vector<Ulid> aborted = compact::aborted_uploads(*sync.snapshot, now);
  const std::vector<Ulid> marked =
      compact::blocks_to_purge(*sync.snapshot, sync.view, upkeep.filters.delete_delay, now);
  CleanupReport report;
  report.aborted_uploads = remove_blocks(stop, upkeep, aborted, "aborted upload");
  report.purged = remove_blocks(stop, upkeep, marked, "marked for deletion");
  report.failures = aborted.size() + marked.size() - report.aborted_uploads - report.purged;
  return report;
}

}  // namespace strata::cmd
