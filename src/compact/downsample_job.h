#pragma once

#include <stop_token>

#include "block/listing.h"
#include "compact/downsample_plan.h"
#include "compact/job.h"

namespace strata::compact {

struct DownsampleRequest {
  const DueBlock& due;
  const block::BlockListing& files;  // of the block that is due
  Company company = {};
};

// Makes the block of the next resolution: streams from the bucket to the bucket, publishes
// meta.json last. Throws JobError for what is wrong with the block; then nothing of the result is
// visible, and what was uploaded of it is removed again.
JobReport run_downsample_job(std::stop_token stop, const DownsampleRequest& request,
                             const Workshop& shop);

}  // namespace strata::compact
