#pragma once

#include <cstdint>

#include "tsdb/chunk/decode_chunk.h"

namespace strata::downsample {

// Reads float chunks into flat arrays. Owns scratch buffers: one per thread.
class FloatReader {
 public:
  // What append() left out, and what it saw.
  struct Seen {
    std::uint64_t stale = 0;
    std::uint64_t out_of_order = 0;
    bool has_nan = false;  // among what was kept
  };

  // Puts the samples of one chunk behind those in `out`, but for stale markers and samples that are
  // earlier than the one kept before them in the chunk, or than 1970. Throws corrupt for what
  // cannot be decoded and for histograms.
  Seen append(tsdb::Encoding encoding, Bytes data, tsdb::SampleList& out);

  // All samples of the chunk.
  void append_all(tsdb::Encoding encoding, Bytes data, tsdb::SampleList& out);

 private:
  tsdb::ChunkDecoder decoder_;
  tsdb::XorDecoder xor_;
  tsdb::SampleColumns columns_;
};

// append()'s choice, of the samples from `from` on.
FloatReader::Seen drop_unusable(tsdb::SampleList& samples, std::size_t from);

inline bool is_nan_bits(std::uint64_t value) {
  return (value & 0x7fff'ffff'ffff'ffff) > 0x7ff0'0000'0000'0000;
}

}  // namespace strata::downsample
