#pragma once

#include <string_view>

#include "tsdb/chunk/chunk.h"

namespace strata::tsdb {

// A corrupt error that names the encoding. Whoever read the chunk adds block, file and offset.
[[noreturn]] void throw_corrupt_chunk(Encoding encoding, std::string_view reason);

}  // namespace strata::tsdb
