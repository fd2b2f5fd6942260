#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"

namespace strata::tsdb::testing {

Buffer from_hex(std::string_view hex);
std::string to_hex(Bytes bytes);

}  // namespace strata::tsdb::testing
