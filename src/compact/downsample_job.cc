#include "compact/downsample_job.h"

#include <optional>
#include <utility>

#include "block/downsampled_meta.h"
#include "block/object_source.h"
#include "block/publish.h"
#include "compact/judge_input.h"
#include "compact/upload.h"
#include "compact/verdict.h"
#include "downsample/downsample_block.h"

namespace strata::compact {
namespace {

using Steady = std::chrono::steady_clock;

class DownsampleJob {
 public:
  DownsampleJob(std::stop_token stop, const DownsampleRequest& request, const Workshop& shop)
      : stop_(std::move(stop)),
        request_(request),
        input_(*request.due.block),
        shop_(shop),
        source_(stop_, shop.bucket, input_.ulid, request.files) {}

  JobReport run();

 private:
  downsample::BlockResult convert(Upload& upload);
  [[noreturn]] void explain(const Error& error);
  JobReport report_of(const Upload& upload, const downsample::BlockResult& result) const;
  void log_result(const JobReport& report, const downsample::BlockResult& result) const;

  std::stop_token stop_;
  const DownsampleRequest& request_;
  const block::Meta& input_;
  const Workshop& shop_;
  block::ObjectBlockSource source_;
};

downsample::BlockResult DownsampleJob::convert(Upload& upload) {
  const ThreadBudget::Lease lease = shop_.threads.acquire(request_.company);
  const bool accept_malformed = shop_.options.accept_malformed_index;
  const auto started = Steady::now();
  try {
    downsample::BlockResult result = downsample::downsample_block(
        stop_, source_, upload.sink(),
        {.target = request_.due.target,
         .health_range = accept_malformed ? std::nullopt : std::optional(input_.range),
         .segment_size = shop_.options.segment_size,
         .spill_directory = shop_.options.spill_directory,
         .threads = lease.threads(),
         .budget = &shop_.memory,
         .memory = memory_share(shop_, request_.company),
         .progress = &shop_.progress.merge});
    shop_.metrics.downsampled(input_.thanos.resolution, Steady::now() - started);
    return result;
  } catch (const Error& error) {
    explain(error);
  }
}

// Called while `error` is handled.
void DownsampleJob::explain(const Error& error) {
  if (error.kind() != ErrorKind::kCorrupt) {
    throw;
  }
  if (!shop_.options.accept_malformed_index) {
    judge_input(stop_, source_, input_.range, {});
  }
  const bool is_newer = dynamic_cast<const tsdb::UnknownEncodingError*>(&error) != nullptr;
  throw JobError(is_newer ? Trouble::kUnknownEncoding : Trouble::kBrokenData, error.message(),
                 error.place());
}

JobReport DownsampleJob::report_of(const Upload& upload,
                                   const downsample::BlockResult& result) const {
  return {.outcome = JobOutcome::kDownsampled,
          .group = group_title(input_.thanos.resolution, input_.labels()),
          .inputs = {input_.ulid},
          .result = upload.id(),
          .range = input_.range,
          .resolution = request_.due.target,
          .level = input_.compaction.level,
          .series = result.written.stats.num_series,
          .samples = result.written.stats.num_samples,
          .bytes = upload.bytes()};
}

void DownsampleJob::log_result(const JobReport& report,
                               const downsample::BlockResult& result) const {
  const downsample::Books& books = result.books;
  shop_.log.info(
      "downsampled block",
      {{"from", input_.ulid.to_string()},
       {"to", report.result.to_string()},
       {"resolution", report.resolution},
       {"series", report.series},
       {"series_skipped", result.series_skipped},
       {"samples_read", books.read},
       {"samples", report.samples},
       {"stale", books.stale},
       {"out_of_order", books.out_of_order},
       {"nan", books.nan},
       {"bytes", report.bytes},
       {"duration", std::chrono::duration_cast<std::chrono::nanoseconds>(report.seconds)}});
  if (books.histogram_restarts > 0) {
    shop_.log.warn("histograms changed their kind within a chunk; windows before that are lost",
                   {{"block", report.result.to_string()}, {"windows", books.histogram_restarts}});
  }
}

JobReport DownsampleJob::run() {
  const auto started = Steady::now();
  block::require_external_labels(input_);
  Upload upload(stop_, shop_);
  const downsample::BlockResult result = convert(upload);
  upload.publish(stop_,
                 block::downsampled_meta(input_, upload.id(), request_.due.target, result.written));
  JobReport report = report_of(upload, result);
  report.seconds = Steady::now() - started;
  log_result(report, result);
  return report;
}

}  // namespace

JobReport run_downsample_job(std::stop_token stop, const DownsampleRequest& request,
                             const Workshop& shop) {
  const Metrics::OfDownsampling metrics =
      shop.metrics.downsampling(request.due.block->thanos.resolution);
  metrics.runs.increment();
  try {
    return DownsampleJob(std::move(stop), request, shop).run();
  } catch (const Error&) {
    metrics.failures.increment();
    throw;
  }
}

}  // namespace strata::compact
