#include "tsdb/chunk/corrupt_chunk.h"

#include <fmt/core.h>

#include "base/error.h"

namespace strata::tsdb {

void throw_corrupt_chunk(Encoding encoding, std::string_view reason) {
  throw Error(ErrorKind::kCorrupt, fmt::format("{} chunk: {}", to_string(encoding), reason));
}

}  // namespace strata::tsdb
