#pragma once

#include <cstdint>

namespace strata::downsample {

// The upper bound of an exponential bucket, schema -9 to 8: the reference's double for
// 2^(index * 2^-schema). That of the bucket on its left is its lower bound. Negative buckets mirror
// the positive ones.
double bucket_bound(std::int64_t index, std::int32_t schema);

}  // namespace strata::downsample
