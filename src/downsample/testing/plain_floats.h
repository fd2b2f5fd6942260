#pragma once

#include <array>
#include <utility>
#include <vector>

#include "base/time.h"

namespace strata::downsample::testing {

// Downsampling of floats as plainly as it can be said, for comparison: every value on its own, no
// chunks but as lists.
using PlainSamples = std::vector<std::pair<Timestamp, double>>;

struct PlainChunk {
  Timestamp min_time = 0;
  Timestamp max_time = 0;
  std::array<PlainSamples, 5> streams;  // by tsdb::Aggregate; empty: absent
};

std::vector<PlainChunk> downsample_raw(const std::vector<PlainSamples>& chunks);
std::vector<PlainChunk> downsample_aggregates(const std::vector<PlainChunk>& chunks);

}  // namespace strata::downsample::testing
