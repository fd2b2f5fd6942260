#pragma once

#include <cstdint>
#include <string>

#include "block/meta.h"

namespace strata::block {

// xxHash64 over `name 0xFF value 0xFF` of every label in byte order of names: what Prometheus'
// slice-backed label sets hash to.
std::uint64_t hash_labels(const Labels& labels);

// "<resolution>@<hash>": blocks of one key are compacted together.
std::string group_key(Resolution resolution, const Labels& labels);

}  // namespace strata::block
