#pragma once

#include "tsdb/chunk/chunk.h"

namespace strata::tsdb {

// `framed`: the encoding byte and the data behind it, in an arena. Computes the checksum.
ChunkView finish_chunk(Bytes framed, Timestamp min_time, Timestamp max_time);

// The same for data that is still in a scratch buffer.
ChunkView copy_chunk(Encoding encoding, Bytes data, ChunkArena& arena);

}  // namespace strata::tsdb
