#pragma once

#include <stop_token>

#include "base/time.h"
#include "tsdb/byte_source.h"

namespace strata::compact {

struct JudgeOptions {
  bool accept_unsorted_labels = false;
};

// Reads the whole index of a block and throws JobError, with the block as its place, for whatever
// keeps the block from being worked on: what explains a job that failed over corrupt data.
void judge_input(std::stop_token stop, const tsdb::BlockSource& source, const TimeRange& range,
                 const JudgeOptions& options);

}  // namespace strata::compact
