#include "cmd/run_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ostream>

#include "base/duration.h"

namespace strata::cmd {
namespace {

constexpr std::size_t kColumns = 8;
using Row = std::array<std::string, kColumns>;

std::string_view outcome_text(const compact::JobReport& job) {
  switch (job.outcome) {
    case compact::JobOutcome::kMerged:
      return "";
    case compact::JobOutcome::kEmpty:
      return "(empty)";
    case compact::JobOutcome::kRepaired:
      return " (repaired)";
    case compact::JobOutcome::kDownsampled:
      return job.resolution == block::k1h ? " (1h)" : " (5m)";
    case compact::JobOutcome::kNothing:
      break;
  }
  return "(nothing)";
}

Row row_of(const compact::JobReport& job) {
  const bool has_result = job.samples > 0 || job.outcome == compact::JobOutcome::kDownsampled;
  const std::string result = has_result ? job.result.to_string() : "";
  return {job.group,
          std::to_string(job.inputs.size()),
          fmt::format("{}{}", result, outcome_text(job)),
          std::to_string(job.level),
          std::to_string(job.series),
          std::to_string(job.samples),
          std::to_string(job.bytes),
          fmt::format("{:.2f}", job.seconds.count())};
}

Row sum_of(const std::vector<compact::JobReport>& jobs) {
  compact::JobReport sum;
  std::size_t inputs = 0;
  for (const compact::JobReport& job : jobs) {
    inputs += job.inputs.size();
    sum.series += job.series;
    sum.samples += job.samples;
    sum.bytes += job.bytes;
    sum.seconds += job.seconds;
  }
  Row row = row_of(sum);
  row[0] = fmt::format("all {} jobs", jobs.size());
  row[1] = std::to_string(inputs);
  row[2].clear();
  row[3].clear();
  return row;
}

std::ptrdiff_t count(const compact::RunReport& report, compact::JobOutcome outcome) {
  return std::ranges::count(report.jobs, outcome, &compact::JobReport::outcome);
}

void print_rows(std::ostream& out, const std::vector<Row>& rows) {
  std::array<std::size_t, kColumns> widths{};
  for (const Row& row : rows) {
    for (std::size_t at = 0; at < kColumns; ++at) {
      widths.at(at) = std::max(widths.at(at), row.at(at).size());
    }
  }
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t at = 0; at < kColumns; ++at) {
      const bool is_text = at == 0 || at == 2;
      line += is_text ? fmt::format("{:<{}}  ", row.at(at), widths.at(at))
                      : fmt::format("{:>{}}  ", row.at(at), widths.at(at));
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << '\n';
  }
}

}  // namespace

void print_jobs(std::ostream& out, const std::vector<compact::JobReport>& jobs) {
  if (jobs.empty()) {
    return;
  }
  std::vector<Row> rows = {
      {"GROUP", "BLOCKS", "RESULT", "LEVEL", "SERIES", "SAMPLES", "BYTES", "SECONDS"}};
  std::ranges::transform(jobs, std::back_inserter(rows), row_of);
  rows.push_back(sum_of(jobs));
  print_rows(out, rows);
}

void print_aside(std::ostream& err, const std::vector<compact::Aside>& aside) {
  for (const compact::Aside& one : aside) {
    err << fmt::format("strata: {} was set aside ({}): {}\n", one.what, one.reason, one.message);
  }
}

void print_summary(std::ostream& out, const compact::RunReport& report) {
  print_jobs(out, report.jobs);
  out << fmt::format(
      "{} passes; blocks: {} merged, {} downsampled, {} marked as garbage, {} past their "
      "retention, {} removed, {} "
      "aborted uploads "
      "removed; {} set aside\n",
      report.passes, count(report, compact::JobOutcome::kMerged),
      count(report, compact::JobOutcome::kDownsampled), report.garbage, report.expired,
      report.purged, report.aborted_uploads, report.aside.size());
  out.flush();
}

std::string describe_progress(const compact::Progress& progress) {
  const unsigned downsampling = progress.downsampling_pass.load();
  const std::string work = downsampling > 0
                               ? fmt::format("downsampling, pass {}: {} of {} blocks", downsampling,
                                             progress.blocks_done.load(), progress.blocks.load())
                               : fmt::format("pass {}: {} of {} groups; {} merges done",
                                             progress.pass.load(), progress.groups_done.load(),
                                             progress.groups.load(), progress.merges_done.load());
  return fmt::format("{}; now {} series, {} samples, {} read", work,
                     progress.merge.series_written.load(), progress.merge.samples_written.load(),
                     format_bytes2(progress.merge.bytes_read.load() >> 20 << 20));
}

}  // namespace strata::cmd
