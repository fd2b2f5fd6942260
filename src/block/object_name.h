#pragma once

#include <string>
#include <string_view>

#include "base/ulid.h"

namespace strata::block {

// "<ULID>/<file>".
inline std::string object_name(const Ulid& block, std::string_view file) {
  return block.to_string().append("/").append(file);
}

}  // namespace strata::block
