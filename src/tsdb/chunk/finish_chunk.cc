#include "tsdb/chunk/finish_chunk.h"

#include <algorithm>

#include "base/crc32c.h"

namespace strata::tsdb {

ChunkView finish_chunk(Bytes framed, Timestamp min_time, Timestamp max_time) {
  return {.encoding = static_cast<Encoding>(framed[0]),
          .min_time = min_time,
          .max_time = max_time,
          .data = framed.subspan(1),
          .crc = crc32c(framed)};
}

ChunkView copy_chunk(Encoding encoding, Bytes data, ChunkArena& arena) {
  std::uint8_t* at = arena.reserve(data.size() + 1);
  at[0] = static_cast<std::uint8_t>(encoding);
  std::ranges::copy(data, at + 1);
  return finish_chunk({at, data.size() + 1}, 0, 0);
}

}  // namespace strata::tsdb
