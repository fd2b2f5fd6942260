#include "compact/job.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "block/publish.h"
#include "compact/judge_input.h"
#include "compact/repair.h"
#include "compact/result_meta.h"
#include "compact/upload.h"
#include "compact/verdict.h"

namespace strata::compact {
namespace {

using Steady = std::chrono::steady_clock;

std::string names(std::span<const MetaPtr> blocks) {
  std::string text;
  for (const MetaPtr& meta : blocks) {
    text += (text.empty() ? "" : ",") + meta->ulid.to_string();
  }
  return text;
}

const block::BlockListing& listing_of(const block::Snapshot& snapshot, const Ulid& id) {
  return snapshot.blocks.at(id).files;
}

class Populating {
 public:
  explicit Populating(const telemetry::Gauge& gauge) : gauge_(gauge) { gauge_.add(1); }
  ~Populating() { gauge_.add(-1); }
  Populating(const Populating&) = delete;
  Populating& operator=(const Populating&) = delete;

 private:
  const telemetry::Gauge& gauge_;
};

class Job {
 public:
  Job(std::stop_token stop, const JobRequest& request, const Workshop& shop)
      : stop_(std::move(stop)),
        request_(request),
        group_(request.group),
        shop_(shop),
        log_(shop.log.with({{"group", group_.title()}, {"groupKey", group_.key}})) {}

  JobReport run();

 private:
  bool check_group();
  Plan plan();
  void check_plan(std::span<const MetaPtr> blocks);
  tsdb::MergeResult merge(std::span<const MetaPtr> blocks, tsdb::BlockSink& sink);
  [[noreturn]] void explain(std::span<const MetaPtr> blocks, const Error& error);
  JobReport carry_out(std::span<const MetaPtr> blocks, bool overlaps);
  tsdb::MergeResult merge_or_explain(std::span<const MetaPtr> blocks, tsdb::BlockSink& sink);
  void publish(std::span<const MetaPtr> blocks, Upload& upload, const tsdb::MergeResult& result,
               JobReport& report);
  void retire_inputs(std::span<const MetaPtr> blocks);
  void retire_empty_inputs(std::span<const MetaPtr> blocks);

  std::stop_token stop_;
  const JobRequest& request_;
  const Group& group_;
  const Workshop& shop_;
  telemetry::Logger log_;
  std::vector<std::unique_ptr<block::ObjectBlockSource>> sources_;
};

// Whether blocks of the group overlap anywhere, be they marked or not.
bool Job::check_group() {
  if (first_overlap(group_.blocks).empty()) {
    return false;
  }
  if (!shop_.options.plan.vertical) {
    throw JobError(Trouble::kOverlap, fmt::format("blocks of group {} overlap: {}", group_.title(),
                                                  describe_overlaps(group_.blocks)));
  }
  return true;
}

Plan Job::plan() {
  const PlanFacts facts{.excluded = request_.excluded,
                        .index_size = [this](const block::Meta& meta) {
                          return listing_of(request_.snapshot, meta.ulid).index_size.value_or(0);
                        }};
  Plan plan = make_plan(group_.blocks, facts, shop_.options.plan);
  for (const PlannedMark& mark : plan.marks) {
    mark_no_compact(stop_, mark, shop_);
  }
  return plan;
}

// Everything that would keep the result from being published is found out before any work is done.
void Job::check_plan(std::span<const MetaPtr> blocks) {
  block::require_external_labels(*blocks.front());
  const std::vector<Ulid> shared = shared_sources(blocks);
  if (shop_.options.plan.vertical) {
    if (!shared.empty()) {
      log_.warn("blocks of the plan share sources",
                {{"source", shared.front().to_string()}, {"plan", names(blocks)}});
    }
    return;
  }
  if (!shared.empty()) {
    throw JobError(Trouble::kSharedSources, fmt::format("blocks {} of one plan share the source {}",
                                                        names(blocks), shared.front().to_string()));
  }
  const TimeRange range = common_range(blocks);
  for (const MetaPtr& meta : group_.blocks) {
    if (std::ranges::find(blocks, meta) == blocks.end() && meta->range.overlaps(range)) {
      throw JobError(Trouble::kResultOverlaps, fmt::format("the merge of {} would overlap block {}",
                                                           names(blocks), meta->ulid.to_string()));
    }
  }
}

tsdb::MergeResult Job::merge(std::span<const MetaPtr> blocks, tsdb::BlockSink& sink) {
  std::vector<tsdb::MergeInputBlock> inputs;
  for (const MetaPtr& meta : blocks) {
    sources_.push_back(std::make_unique<block::ObjectBlockSource>(
        stop_, shop_.bucket, meta->ulid, listing_of(request_.snapshot, meta->ulid)));
    inputs.push_back({.source = sources_.back().get(), .range = meta->range, .check_health = true});
  }
  const ThreadBudget::Lease lease = shop_.threads.acquire(request_.company);
  const Populating populating(shop_.metrics.tsdb_populating);
  return tsdb::merge_blocks(stop_, inputs, sink,
                            {.function = shop_.options.merge_function,
                             .segment_size = shop_.options.segment_size,
                             .spill_directory = shop_.options.spill_directory,
                             .allow_out_of_order_labels = shop_.options.accept_malformed_index,
                             .threads = lease.threads(),
                             .budget = &shop_.memory,
                             .memory = memory_share(shop_, request_.company),
                             .progress = &shop_.progress.merge});
}

// Called while `error` is handled. A merge meets trouble in the order of series. The reference
// looks at one input after the other: so do we, once something is wrong, so that the same block is
// blamed.
void Job::explain(std::span<const MetaPtr> blocks, const Error& error) {
  if (error.kind() != ErrorKind::kCorrupt) {
    throw;
  }
  for (std::size_t at = 0; at < blocks.size() && at < sources_.size(); ++at) {
    judge_input(stop_, *sources_[at], blocks[at]->range,
                {.accept_unsorted_labels = shop_.options.accept_malformed_index});
  }
  const bool is_newer = dynamic_cast<const tsdb::UnknownEncodingError*>(&error) != nullptr;
  throw JobError(is_newer ? Trouble::kUnknownEncoding : Trouble::kBrokenData, error.message(),
                 error.place());
}

void Job::publish(std::span<const MetaPtr> blocks, Upload& upload, const tsdb::MergeResult& result,
                  JobReport& report) {
  const block::Meta meta = result_meta(upload.id(), group_, blocks, result.written);
  upload.publish(stop_, meta);
  report.result = meta.ulid;
  report.level = meta.compaction.level;
  report.series = meta.stats.num_series;
  report.samples = meta.stats.num_samples;
  report.bytes = upload.bytes();
}

void Job::retire_inputs(std::span<const MetaPtr> blocks) {
  for (const MetaPtr& meta : blocks) {
    mark_deletion(meta->ulid, "source of compacted block", shop_);
    shop_.metrics.garbage_collected.increment();
  }
}

void Job::retire_empty_inputs(std::span<const MetaPtr> blocks) {
  for (const MetaPtr& meta : blocks) {
    if (meta->stats.num_samples != 0) {
      continue;
    }
    try {
      mark_deletion(meta->ulid, "source of compacted block", shop_);
    } catch (const Error& error) {
      log_.warn("an empty block could not be marked for deletion",
                {{"block", meta->ulid.to_string()}, {"err", error.what()}});
    }
  }
}

JobReport Job::run() {
  const bool overlaps = check_group();
  const Plan plan = this->plan();
  if (plan.blocks.empty()) {
    return {.outcome = JobOutcome::kNothing, .group = group_.title()};
  }
  log_.info("compaction planned", {{"plan", names(plan.blocks)}});
  check_plan(plan.blocks);
  return carry_out(plan.blocks, overlaps);
}

tsdb::MergeResult Job::merge_or_explain(std::span<const MetaPtr> blocks, tsdb::BlockSink& sink) {
  const auto started = Steady::now();
  shop_.metrics.tsdb_compactions.increment();
  if (!first_overlap(blocks).empty()) {
    shop_.metrics.tsdb_vertical_compactions.increment();
  }
  try {
    tsdb::MergeResult result = merge(blocks, sink);
    shop_.metrics.tsdb_compaction_seconds.observe(
        std::chrono::duration<double>(Steady::now() - started).count());
    return result;
  } catch (const Error& error) {
    explain(blocks, error);
  }
}

// `overlaps`: somewhere in the group, not necessarily in the plan.
JobReport Job::carry_out(std::span<const MetaPtr> blocks, bool overlaps) {
  const auto started = Steady::now();
  Upload upload(stop_, shop_);
  const tsdb::MergeResult result = merge_or_explain(blocks, upload.sink());
  JobReport report{.outcome = result.empty ? JobOutcome::kEmpty : JobOutcome::kMerged,
                   .group = group_.title()};
  std::ranges::transform(blocks, std::back_inserter(report.inputs),
                         [](const MetaPtr& meta) { return meta->ulid; });
  report.range = result.range;
  if (result.empty) {
    log_.info("nothing is left of these blocks", {{"plan", names(blocks)}});
    retire_empty_inputs(blocks);
    return report;
  }
  const Metrics::OfResolution metrics = shop_.metrics.groups(group_.resolution);
  metrics.compactions.increment();
  if (overlaps) {
    metrics.vertical_compactions.increment();
  }
  publish(blocks, upload, result, report);
  retire_inputs(blocks);
  ++shop_.progress.merges_done;
  report.seconds = Steady::now() - started;
  log_.info("compacted blocks",
            {{"result", report.result.to_string()},
             {"plan", names(blocks)},
             {"series", report.series},
             {"samples", report.samples},
             {"duplicates", result.books.duplicates},
             {"outside", result.books.outside},
             {"bytes", report.bytes},
             {"duration", std::chrono::duration_cast<std::chrono::nanoseconds>(report.seconds)}});
  return report;
}

}  // namespace

std::uint64_t memory_share(const Workshop& shop, const Company& company) {
  return shop.memory.total() / std::max(company.at_once, 1U);
}

JobReport run_job(std::stop_token stop, const JobRequest& request, const Workshop& shop) {
  const Metrics::OfResolution metrics = shop.metrics.groups(request.group.resolution);
  metrics.runs_started.increment();
  try {
    JobReport report = Job(std::move(stop), request, shop).run();
    metrics.runs_completed.increment();
    return report;
  } catch (const Error&) {
    metrics.failures.increment();
    throw;
  }
}

JobReport repair_block(std::stop_token stop, const JobRequest& request, const Ulid& broken,
                       const Workshop& shop) {
  const auto started = Steady::now();
  const auto found = std::ranges::find(request.group.blocks, broken,
                                       [](const MetaPtr& meta) { return meta->ulid; });
  if (found == request.group.blocks.end()) {
    throw Error(ErrorKind::kInvalid, "not a block of this group",
                {.block = broken.to_string(), .file = {}, .offset = {}});
  }
  const block::Meta& meta = **found;
  if (meta.thanos.resolution != block::kRaw) {
    throw Error(ErrorKind::kInvalid, "a downsampled block cannot be repaired",
                {.block = broken.to_string(), .file = {}, .offset = {}});
  }
  block::require_external_labels(meta);
  const block::ObjectBlockSource source(stop, shop.bucket, broken,
                                        listing_of(request.snapshot, broken));
  Upload upload(stop, shop);
  const MemoryBudget::Lease lease = shop.memory.acquire(stop, memory_share(shop, request.company));
  const RepairResult result = drop_chunks_at_end(stop, source, meta.range, upload.sink(),
                                                 {.segment_size = shop.options.segment_size,
                                                  .postings_memory = lease.bytes() / 2,
                                                  .spill_directory = shop.options.spill_directory});
  if (result.written.stats.num_samples > 0) {
    upload.publish(stop, repaired_meta(upload.id(), meta, result.written));
  }
  mark_deletion(broken, "source of repaired block", shop);
  JobReport report{
      .outcome = JobOutcome::kRepaired, .group = request.group.title(), .inputs = {broken}};
  report.result = upload.id();
  report.range = meta.range;
  report.level = meta.compaction.level;
  report.series = result.written.stats.num_series;
  report.samples = result.written.stats.num_samples;
  report.bytes = upload.bytes();
  report.seconds = Steady::now() - started;
  shop.log.warn("repaired a block with chunks at its end",
                {{"block", broken.to_string()},
                 {"result", upload.id().to_string()},
                 {"chunks_dropped", result.chunks_dropped},
                 {"samples_dropped", result.samples_dropped}});
  return report;
}

void mark_no_compact(std::stop_token stop, const PlannedMark& mark, const Workshop& shop) {
  const block::Mark written{.kind = block::MarkKind::kNoCompact,
                            .block = mark.block,
                            .details = mark.details,
                            .time_s = shop.clock.now_s(),
                            .reason = std::string(mark.reason)};
  if (block::put_mark(std::move(stop), shop.bucket, written) == block::MarkPut::kWritten) {
    shop.metrics.marked(block::MarkKind::kNoCompact, mark.reason);
  }
  shop.log.warn(
      "block will not be compacted any more",
      {{"block", mark.block.to_string()}, {"reason", mark.reason}, {"details", mark.details}});
}

void mark_deletion(const Ulid& id, const std::string& details, const Workshop& shop) {
  const block::Mark mark{.kind = block::MarkKind::kDeletion,
                         .block = id,
                         .details = details,
                         .time_s = shop.clock.now_s(),
                         .reason = {}};
  if (block::put_mark({}, shop.bucket, mark) == block::MarkPut::kWritten) {
    shop.metrics.marked(block::MarkKind::kDeletion, "");
  }
  shop.log.info("marked a block for deletion", {{"block", id.to_string()}, {"details", details}});
}

}  // namespace strata::compact
