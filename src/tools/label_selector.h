#pragma once

#include <span>
#include <string>

#include "block/meta.h"

namespace strata::tools {

// From texts like `name="value"`; the value is quoted as in Go, with "" or ``. Throws invalid.
block::Labels parse_label_selector(std::span<const std::string> pairs);

// Whether a block has every one of these labels.
bool matches(const block::Labels& labels, const block::Labels& selector);

}  // namespace strata::tools
