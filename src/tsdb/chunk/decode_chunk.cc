#include "tsdb/chunk/decode_chunk.h"

#include <fmt/core.h>

#include "base/error.h"
#include "tsdb/chunk/xor2.h"

namespace strata::tsdb {

std::size_t ChunkDecoder::decode(Encoding encoding, Bytes data, SampleColumns& out) {
  switch (encoding) {
    case Encoding::kXor:
      return xor_.decode(data, out);
    case Encoding::kXor2:
      return decode_xor2(data, out);
    case Encoding::kHistogram:
    case Encoding::kFloatHistogram:
    case Encoding::kHistogramSt:
    case Encoding::kFloatHistogramSt:
      return histograms_.decode(encoding, data, out);
    case Encoding::kAggregate:
      throw_invalid("an aggregate chunk is not one sequence of samples");
    case Encoding::kNone:
      break;
  }
  throw Error(ErrorKind::kCorrupt,
              fmt::format("unknown chunk encoding {}", static_cast<unsigned>(encoding)));
}

}  // namespace strata::tsdb
