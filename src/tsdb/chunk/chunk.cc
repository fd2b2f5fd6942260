#include "tsdb/chunk/chunk.h"

#include <fmt/core.h>

#include "base/big_endian.h"
#include "base/error.h"
#include "tsdb/chunk/aggregate.h"
#include "tsdb/chunk/corrupt_chunk.h"

namespace strata::tsdb {

namespace {

[[noreturn]] void throw_short_header(Encoding encoding) {
  throw_corrupt_chunk(encoding, "data is shorter than the header");
}

[[noreturn]] void throw_unknown(Encoding encoding) {
  throw Error(ErrorKind::kCorrupt,
              fmt::format("unknown chunk encoding {}", static_cast<unsigned>(encoding)));
}

}  // namespace

std::string_view to_string(Encoding encoding) {
  switch (encoding) {
    case Encoding::kNone:
      return "none";
    case Encoding::kXor:
      return "XOR";
    case Encoding::kHistogram:
      return "histogram";
    case Encoding::kFloatHistogram:
      return "float histogram";
    case Encoding::kXor2:
      return "XOR2";
    case Encoding::kHistogramSt:
      return "histogram ST";
    case Encoding::kFloatHistogramSt:
      return "float histogram ST";
    case Encoding::kAggregate:
      return "aggregate";
  }
  return "unknown";
}

bool is_known(Encoding encoding) {
  switch (encoding) {
    case Encoding::kXor:
    case Encoding::kHistogram:
    case Encoding::kFloatHistogram:
    case Encoding::kXor2:
    case Encoding::kHistogramSt:
    case Encoding::kFloatHistogramSt:
    case Encoding::kAggregate:
      return true;
    case Encoding::kNone:
      break;
  }
  return false;
}

std::uint32_t sample_count(Encoding encoding, Bytes data) {
  switch (encoding) {
    case Encoding::kXor:
      if (data.size() < 2) {
        throw_short_header(encoding);
      }
      return load_be<std::uint16_t>(data.data());
    case Encoding::kHistogram:
    case Encoding::kFloatHistogram:
    case Encoding::kXor2:
      if (data.size() < 3) {
        throw_short_header(encoding);
      }
      return load_be<std::uint16_t>(data.data());
    case Encoding::kHistogramSt:
    case Encoding::kFloatHistogramSt:
      if (data.size() < 3) {
        throw_short_header(encoding);
      }
      return load_be<std::uint16_t>(data.data()) & 0x3fffu;
    case Encoding::kAggregate:
      return aggregate_sample_count(data);
    case Encoding::kNone:
      break;
  }
  throw_unknown(encoding);
}

UnknownEncodingError::UnknownEncodingError(Encoding encoding, ErrorPlace place)
    : Error(ErrorKind::kCorrupt,
            "chunk of unknown encoding " + std::to_string(static_cast<unsigned>(encoding)),
            std::move(place)) {}

}  // namespace strata::tsdb
