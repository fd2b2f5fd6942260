#pragma once

#include "tsdb/chunk/samples.h"

namespace strata::tsdb {

// Decodes XOR float chunks. Owns a scratch buffer: one per thread.
class XorDecoder {
 public:
  // Returns the bits of `data` that were read. Throws corrupt when the samples of the header are
  // not there.
  std::size_t decode(Bytes data, SampleColumns& out);
  // The same behind what is in `out` already. What an error leaves there is undefined.
  std::size_t append(Bytes data, SampleList& out);

 private:
  std::size_t append(Bytes data, PlainVector<Timestamp>& times, PlainVector<std::uint64_t>& values);

  Buffer padded_;
};

}  // namespace strata::tsdb
