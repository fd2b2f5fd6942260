#pragma once

#include "tsdb/chunk/samples.h"

namespace strata::tsdb {

// Decodes XOR float chunks. Owns a scratch buffer: one per thread.
class XorDecoder {
 public:
  // Returns the bits of `data` that were read. Throws corrupt when the samples of the header are
  // not there.
  std::size_t decode(Bytes data, SampleColumns& out);

 private:
  Buffer padded_;
};

}  // namespace strata::tsdb
