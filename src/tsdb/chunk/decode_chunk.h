#pragma once

#include "tsdb/chunk/histogram_decoder.h"
#include "tsdb/chunk/samples.h"
#include "tsdb/chunk/xor_decoder.h"

namespace strata::tsdb {

// Decodes chunks of every encoding but the aggregate one. Owns scratch buffers: one per thread.
class ChunkDecoder {
 public:
  // Returns the bits of `data` that were read. Throws corrupt when the samples that the header
  // promises are not there, or the encoding is unknown; odd but readable data passes
  // (verify_chunk() is the strict one).
  std::size_t decode(Encoding encoding, Bytes data, SampleColumns& out);

 private:
  XorDecoder xor_;
  HistogramDecoder histograms_;
};

}  // namespace strata::tsdb
