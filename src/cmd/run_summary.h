#pragma once

#include <iosfwd>
#include <string>

#include "compact/loop.h"

namespace strata::cmd {

// A table of what was done, one line a job, and a line of sums.
void print_summary(std::ostream& out, const compact::RunReport& report);

// "pass 2: 3 of 7 groups; 5 merges done; 120000 series, 3.1e+07 samples"
std::string describe_progress(const compact::Progress& progress);

}  // namespace strata::cmd
