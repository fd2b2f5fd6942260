#pragma once

#include <cstdint>

#include "tsdb/byte_source.h"

namespace strata::tsdb {

inline constexpr std::uint32_t kIndexMagic = 0xBAAAD700;
inline constexpr std::uint64_t kIndexHeaderSize = 5;
inline constexpr std::uint64_t kTocSize = 52;

// Where the sections of an index lie (Prometheus tsdb index format, versions 1 and 2; 3 is read as
// 2).
//
//   magic 4 | version 1 | symbols | series | [label indices] | postings | [label index table]
//   | postings offset table | TOC: 6 x BE64 + CRC-32C of the 48 bytes
struct Toc {
  int version = 2;
  std::uint64_t symbols = 0;
  std::uint64_t series = 0;
  std::uint64_t label_indices = 0;
  std::uint64_t label_index_table = 0;
  std::uint64_t postings = 0;
  std::uint64_t postings_table = 0;
  std::uint64_t end = 0;         // offset of the TOC itself
  std::uint64_t series_end = 0;  // first byte behind the series section

  std::uint64_t id_scale() const {
    return version == 1 ? 1 : 16;
  }  // series id * scale = file offset
};

// Reads header and TOC and checks magic, version, CRC and that all sections lie in the file in
// order.
Toc read_toc(const ByteSource& index);

}  // namespace strata::tsdb
