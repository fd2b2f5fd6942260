#pragma once

#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/time.h"

namespace strata::tsdb {

// The byte in front of a chunk's data. 1-3: Prometheus v0.309 tsdb/chunkenc; 4-6: upstream 3.14;
// 0xff: Thanos.
enum class Encoding : std::uint8_t {
  kNone = 0,
  kXor = 1,
  kHistogram = 2,
  kFloatHistogram = 3,
  kXor2 = 4,
  kHistogramSt = 5,
  kFloatHistogramSt = 6,
  kAggregate = 0xff,
};

std::string_view to_string(Encoding encoding);
bool is_known(Encoding encoding);

// A chunk that a newer writer made: the block is sound, but not for us to merge.
class UnknownEncodingError : public Error {
 public:
  UnknownEncodingError(Encoding encoding, ErrorPlace place);
};

// One chunk as the index and a segment file describe it. Borrowed: `data` lives in a read window or
// an arena of whoever hands the view out.
struct ChunkView {
  Encoding encoding = Encoding::kNone;
  Timestamp min_time = 0;  // closed range, ms, from the index entry
  Timestamp max_time = 0;
  Bytes data;             // without length, encoding byte and checksum
  std::uint32_t crc = 0;  // CRC-32C over the encoding byte and data, as stored
  // The whole record around `data`, where it stands in memory as it would be written: to be copied.
  Bytes record = {};
};

// Samples by the chunk's own header; needs no decoding. Throws corrupt when the data is shorter
// than its header.
std::uint32_t sample_count(Encoding encoding, Bytes data);

// Owns the bytes of freshly encoded chunks; views into it stay valid until clear().
class ChunkArena {
 public:
  // Room for `size` bytes at a stable address. Shrink with give_back() right after if less was
  // used.
  std::uint8_t* reserve(std::size_t size);
  void give_back(std::size_t unused) { used_ -= unused; }
  // Ends all views; the blocks are used again.
  void clear();
  // Handed out since clear(), the unused ends of full blocks included.
  std::size_t bytes() const;

 private:
  static constexpr std::size_t kBlockSize = 256 << 10;
  std::deque<Buffer> blocks_;
  std::size_t current_ = 0;  // block being filled
  std::size_t used_ = 0;     // bytes of it
};

}  // namespace strata::tsdb
