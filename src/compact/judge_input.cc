#include "compact/judge_input.h"

#include <utility>

#include "base/error.h"
#include "compact/verdict.h"
#include "tsdb/index_health.h"

namespace strata::compact {
namespace {

Trouble trouble_of(tsdb::HealthProblem problem) {
  switch (problem) {
    case tsdb::HealthProblem::kOutsideChunks:
      return Trouble::kChunksOutside;
    case tsdb::HealthProblem::kOutOfOrderChunks:
      return Trouble::kOutOfOrderChunks;
    case tsdb::HealthProblem::kIssue347:
      return Trouble::kChunksAtEnd;
    case tsdb::HealthProblem::kOutOfOrderLabels:
      return Trouble::kOutOfOrderLabels;
    case tsdb::HealthProblem::kNone:
      break;
  }
  return Trouble::kBrokenData;
}

}  // namespace

void judge_input(std::stop_token stop, const tsdb::BlockSource& source, const TimeRange& range,
                 const JudgeOptions& options) {
  tsdb::HealthReport report;
  try {
    report = tsdb::check_index_health(std::move(stop), source, range);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kCorrupt) {
      throw;
    }
    throw JobError(Trouble::kBrokenBlock, error.message(),
                   error.at({.block = source.name(), .file = {}, .offset = {}}).place());
  }
  const tsdb::HealthProblem worst = report.worst();
  const bool accepted =
      worst == tsdb::HealthProblem::kOutOfOrderLabels && options.accept_unsorted_labels;
  if (worst != tsdb::HealthProblem::kNone && !accepted) {
    throw JobError(trouble_of(worst), report.describe(),
                   {.block = source.name(), .file = "index", .offset = {}});
  }
}

}  // namespace strata::compact
