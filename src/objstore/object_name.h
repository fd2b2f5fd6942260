#pragma once

#include <string_view>

namespace strata::objstore {

// Throws invalid for a name that no provider may be asked for: empty, a '/' at either end, an
// empty, "." or ".." component, or a NUL.
void check_object_name(std::string_view name);

// The same for a listing's prefix, which is empty or ends in one '/'.
void check_prefix(std::string_view prefix);

}  // namespace strata::objstore
