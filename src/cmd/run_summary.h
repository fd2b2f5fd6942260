#pragma once

#include <iosfwd>
#include <string>

#include "compact/loop.h"

namespace strata::cmd {

// A table of what was done, one line a job, and a line of sums; nothing for no jobs.
void print_jobs(std::ostream& out, const std::vector<compact::JobReport>& jobs);
// That, and a line about the run.
void print_summary(std::ostream& out, const compact::RunReport& report);
// A line for each thing that was left alone.
void print_aside(std::ostream& err, const std::vector<compact::Aside>& aside);

// "pass 2: 3 of 7 groups; 5 merges done; now 120000 series, 31000000 samples, 2GiB read", or
// "downsampling, pass 1: 3 of 7 blocks; now …"
std::string describe_progress(const compact::Progress& progress);

}  // namespace strata::cmd
