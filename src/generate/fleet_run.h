#pragma once

#include <stop_token>

#include "generate/options.h"

namespace strata::generate {

// Writes all blocks of all replicas, several at once. The same options give the same bytes and ids,
// for any number of threads. Throws invalid for bad options, cancelled when stopped, and whatever
// the output throws.
void generate_fleet(std::stop_token stop, const FleetOptions& options, const Output& output);

}  // namespace strata::generate
