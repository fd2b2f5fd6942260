#pragma once

#include <cstdint>
#include <vector>

#include "tsdb/chunk/testing/vectors.h"

namespace strata::downsample::testing {

// A run of raw histogram chunks whose layouts, schemas, thresholds, bounds, kinds and counts change
// in ways that the seed decides. One seed in five gives custom buckets; the samples of a run are
// some minutes to some days long. Start times or not: the samples of a seed are the same.
enum class StartTimes : std::uint8_t { kNone, kSome };
std::vector<tsdb::testing::OwnedChunk> random_histograms(std::uint64_t seed, StartTimes starts);

}  // namespace strata::downsample::testing
