#include "tsdb/index/toc.h"

#include <fmt/format.h>

#include <array>

#include "base/big_endian.h"
#include "base/crc32c.h"
#include "base/error.h"

namespace strata::tsdb {
namespace {

constexpr std::size_t kFields = 6;

void check_order(const ByteSource& index, const Toc& toc) {
  const auto fail = [&](const char* what, std::uint64_t offset) {
    throw_corrupt(fmt::format("table of contents: {} section out of place at {}", what, offset),
                  index.name(), toc.end);
  };
  if (toc.symbols != kIndexHeaderSize) {
    fail("symbols", toc.symbols);
  }
  if (toc.series < toc.symbols || toc.series > toc.end) {
    fail("series", toc.series);
  }
  if (toc.series_end < toc.series || toc.series_end > toc.end) {
    fail("label indices", toc.series_end);
  }
  if (toc.postings < toc.series_end || toc.postings > toc.end) {
    fail("postings", toc.postings);
  }
  if (toc.postings_table < toc.postings || toc.postings_table > toc.end) {
    fail("postings offset table", toc.postings_table);
  }
}

}  // namespace

Toc read_toc(const ByteSource& index) {
  const std::uint64_t size = index.size();
  if (size < kIndexHeaderSize + kTocSize) {
    throw_corrupt(fmt::format("index of {} bytes is too short", size), index.name(), 0);
  }
  std::array<std::uint8_t, kIndexHeaderSize> header;
  index.read_at(0, header);
  if (load_be<std::uint32_t>(header.data()) != kIndexMagic) {
    throw_corrupt("not an index file: bad magic number", index.name(), 0);
  }
  Toc toc;
  toc.version = header[4];
  if (toc.version < 1 || toc.version > 3) {
    throw_corrupt(fmt::format("unknown index version {}", toc.version), index.name(), 4);
  }
  toc.end = size - kTocSize;
  std::array<std::uint8_t, kTocSize> raw;
  index.read_at(toc.end, raw);
  if (crc32c(Bytes(raw).first(kFields * 8)) != load_be<std::uint32_t>(raw.data() + kFields * 8)) {
    throw_corrupt("table of contents: checksum mismatch", index.name(), toc.end);
  }
  const auto field = [&raw](std::size_t i) { return load_be<std::uint64_t>(raw.data() + 8 * i); };
  toc.symbols = field(0);
  toc.series = field(1);
  toc.label_indices = field(2);
  toc.label_index_table = field(3);
  toc.postings = field(4);
  toc.postings_table = field(5);
  // Writers that have no label indices put the end of the series there all the same; zero is
  // "absent".
  toc.series_end = toc.label_indices != 0 ? toc.label_indices : toc.postings;
  check_order(index, toc);
  return toc;
}

}  // namespace strata::tsdb
