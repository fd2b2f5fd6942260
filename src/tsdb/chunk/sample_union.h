#pragma once

#include <span>

#include "tsdb/chunk/samples.h"

namespace strata::tsdb {

// Merges by time as Prometheus' vertical compaction does: of equal times the one that waited wins,
// so the order of `inputs` matters. Replaces `out`; returns the number of samples left out.
std::size_t unite_samples(std::span<const SampleSpan> inputs, SampleList& out);

// Merges replicas as Thanos' offline deduplication does, a left fold that starts with `inputs[0]`.
// Replaces `out`; returns the number of samples left out.
std::size_t fold_replicas(std::span<const SampleSpan> inputs, SampleList& out, SampleList& scratch);

}  // namespace strata::tsdb
