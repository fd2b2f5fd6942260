#include "tsdb/index/postings_reader.h"

#include <fmt/format.h>

#include <array>

#include "base/big_endian.h"
#include "base/error.h"

namespace strata::tsdb {
namespace {

std::uint64_t list_end(const ByteSource& index, const Toc& toc, std::uint64_t offset) {
  if (offset < toc.postings || offset > toc.end || toc.end - offset < 12) {
    throw_corrupt("postings: list outside its section", index.name(), offset);
  }
  std::array<std::uint8_t, 8> raw;
  index.read_at(offset, raw);
  const std::uint64_t length = load_be<std::uint32_t>(raw.data());
  const std::uint64_t count = load_be<std::uint32_t>(raw.data() + 4);
  if (length != 4 + 4 * count || length > toc.end - offset - 8) {
    throw_corrupt(fmt::format("postings: length {} does not match {} entries", length, count),
                  index.name(), offset);
  }
  return offset + 4 + length;
}

}  // namespace

PostingsReader::PostingsReader(const ByteSource& index, const Toc& toc, std::uint64_t offset,
                               std::size_t window)
    : reader_(index, offset + 4, list_end(index, toc, offset), window),
      payload_end_(reader_.end()) {
  count_ = reader_.be32("postings count");
}

// The list's length was checked against its count: its ids are all there.
void PostingsReader::finish() const {
  std::array<std::uint8_t, 4> raw;
  reader_.source().read_at(payload_end_, raw);
  if (load_be<std::uint32_t>(raw.data()) != reader_.crc()) {
    throw_corrupt("postings: checksum mismatch", reader_.source().name(), payload_end_);
  }
}

std::uint64_t find_all_series(const ByteSource& index, const Toc& toc, std::size_t window) {
  SequentialReader reader(index, toc.postings_table, toc.end, window);
  reader.be32("postings offset table");
  const std::uint32_t count = reader.be32("postings offset table");
  for (std::uint32_t i = 0; i < count; ++i) {
    if (reader.uvarint("a key count") != 2) {
      reader.corrupt("postings offset table: entry without name and value");
    }
    const bool empty_name = reader.string("a label name").empty();
    const bool empty_value = reader.string("a label value").empty();
    const std::uint64_t offset = reader.uvarint("a postings offset");
    if (empty_name && empty_value) {
      return offset;
    }
    if (toc.version != 1) {
      break;
    }
  }
  throw_corrupt("postings offset table: no list of all series", index.name(), toc.postings_table);
}

}  // namespace strata::tsdb
