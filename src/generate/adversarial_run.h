#pragma once

#include <stop_token>

#include "generate/adversarial_options.h"
#include "generate/options.h"

namespace strata::generate {

// Writes the 1 to 4 blocks of one seed, in the order of their ids. Same options, same bytes and
// ids.
void generate_adversarial(std::stop_token stop, const AdversarialOptions& options,
                          const Output& output);

}  // namespace strata::generate
