#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "block/meta.h"

// What listings of blocks print of a meta.
namespace strata::tools {

// RFC 3339 in the process' time zone, whole seconds, "Z" where that is UTC.
std::string format_local_time(Timestamp ms);

// Of its range, in whole seconds; at most the longest that nanoseconds can hold.
std::chrono::nanoseconds whole_seconds_between(const TimeRange& range);
// In ms; wraps around where nanoseconds cannot hold it, as the reference's does.
std::chrono::nanoseconds exact_duration(std::int64_t ms);

// How much longer a block must get until it is downsampled; empty at the last resolution.
std::optional<std::chrono::nanoseconds> until_downsampling(const block::Meta& meta);

// "1,234,567".
std::string format_grouped(std::uint64_t value);

// "a=1,b=2".
std::string format_labels(const block::Labels& labels);

}  // namespace strata::tools
