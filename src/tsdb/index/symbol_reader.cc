#include "tsdb/index/symbol_reader.h"

#include <fmt/format.h>

#include <array>

#include "base/big_endian.h"
#include "base/error.h"

namespace strata::tsdb {
namespace {

// End of the payload of the framed section at `begin`, checked against the bytes up to `limit`.
std::uint64_t framed_end(const ByteSource& file, std::uint64_t begin, std::uint64_t limit) {
  std::array<std::uint8_t, 4> raw;
  if (limit < begin || limit - begin < 8) {
    throw_corrupt("symbols: section is too short", file.name(), begin);
  }
  file.read_at(begin, raw);
  const std::uint64_t length = load_be<std::uint32_t>(raw.data());
  if (length < 4 || length > limit - begin - 8) {
    throw_corrupt(fmt::format("symbols: length {} does not fit the section", length), file.name(),
                  begin);
  }
  return begin + 4 + length;
}

}  // namespace

SymbolReader::SymbolReader(const ByteSource& index, const Toc& toc, std::size_t window)
    : reader_(index, toc.symbols + 4, framed_end(index, toc.symbols, toc.series), window),
      section_end_(reader_.end()) {
  count_ = reader_.be32("symbol count");
  // A symbol takes at least its length byte.
  if (count_ > reader_.remaining()) {
    reader_.corrupt(fmt::format("symbols: count {} is more than the section holds", count_));
  }
}

bool SymbolReader::next() {
  if (read_ == count_) {
    finish();
    return false;
  }
  offset_ = reader_.offset();
  const std::string_view symbol = reader_.string("a symbol");
  if (read_ > 0 && symbol <= std::string_view(symbol_)) {
    throw_corrupt("symbols: not in ascending order", reader_.source().name(), offset_);
  }
  symbol_.assign(symbol);
  ++read_;
  return true;
}

void SymbolReader::finish() {
  if (reader_.remaining() != 0) {
    reader_.corrupt(fmt::format("symbols: {} bytes behind the last one", reader_.remaining()));
  }
  std::array<std::uint8_t, 4> raw;
  reader_.source().read_at(section_end_, raw);
  if (load_be<std::uint32_t>(raw.data()) != reader_.crc()) {
    throw_corrupt("symbols: checksum mismatch", reader_.source().name(), section_end_);
  }
}

}  // namespace strata::tsdb
