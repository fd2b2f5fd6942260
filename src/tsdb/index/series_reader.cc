#include "tsdb/index/series_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/big_endian.h"
#include "base/crc32c.h"
#include "base/error.h"
#include "base/varint.h"

namespace strata::tsdb {
namespace {

// An entry's length is at most a 32-bit varint.
constexpr std::size_t kMaxLengthSize = 5;

// Reads varints of a payload; once one is bad, `ok` stays false and nothing more is read.
struct PayloadReader {
  const std::uint8_t* at;
  const std::uint8_t* end;
  bool ok = true;

  std::uint64_t uvarint() {
    std::uint64_t value = 0;
    if (ok) {
      at = get_uvarint(at, end, value);
      if (at == nullptr) {
        ok = false;
        at = end;
      }
    }
    return value;
  }
  std::int64_t varint() { return unzigzag(uvarint()); }
  std::size_t left() const { return static_cast<std::size_t>(end - at); }
};

std::int64_t wrapping_add(std::int64_t a, std::uint64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + b);
}

[[noreturn]] void bad_entry(const ByteSource& file, std::uint64_t offset, std::string_view what) {
  throw_corrupt(fmt::format("series entry: {}", what), file.name(), offset);
}

void parse_chunks(PayloadReader& in, std::uint64_t count, const ByteSource& file,
                  std::uint64_t offset, std::vector<ChunkMeta>& chunks) {
  ChunkMeta previous;
  for (std::uint64_t i = 0; i < count; ++i) {
    ChunkMeta chunk;
    if (i == 0) {
      chunk.min_time = in.varint();
    } else {
      chunk.min_time = wrapping_add(previous.max_time, in.uvarint());
    }
    const std::uint64_t span = in.uvarint();
    chunk.max_time = wrapping_add(chunk.min_time, span);
    chunk.ref = i == 0 ? in.uvarint() : previous.ref + static_cast<std::uint64_t>(in.varint());
    if (!in.ok) {
      bad_entry(file, offset, "ends inside its chunk list");
    }
    // A chunk that starts before its predecessor ends wraps around: out of order, but written so.
    if (chunk.max_time < chunk.min_time) {
      bad_entry(file, offset, "chunk times overflow");
    }
    chunks.push_back(chunk);
    previous = chunk;
  }
}

}  // namespace

void parse_series(Bytes payload, const ByteSource& file, std::uint64_t offset, SeriesEntry& entry) {
  PayloadReader in{.at = payload.data(), .end = payload.data() + payload.size()};
  entry.label_refs.clear();
  entry.chunks.clear();
  const std::uint64_t labels = in.uvarint();
  // Two references a label and one byte a reference at least: an honest count fits its payload.
  if (!in.ok || labels > in.left() / 2) {
    bad_entry(file, offset, fmt::format("label count {} is more than it holds", labels));
  }
  for (std::uint64_t i = 0; i < 2 * labels; ++i) {
    entry.label_refs.push_back(in.uvarint());
  }
  const std::uint64_t chunks = in.uvarint();
  if (!in.ok || chunks > in.left() / 3) {
    bad_entry(file, offset, fmt::format("chunk count {} is more than it holds", chunks));
  }
  parse_chunks(in, chunks, file, offset, entry.chunks);
  if (in.left() != 0) {
    bad_entry(file, offset, fmt::format("{} bytes behind its last field", in.left()));
  }
}

SeriesReader::SeriesReader(const ByteSource& index, const Toc& toc, std::size_t window)
    : reader_(index, toc.series, toc.series_end, window), scale_(toc.id_scale()) {}

bool SeriesReader::skip_padding() {
  const std::size_t padding =
      static_cast<std::size_t>((scale_ - reader_.offset() % scale_) % scale_);
  const Bytes bytes = reader_.peek(padding + 1);
  for (std::size_t i = 0; i < std::min(padding, bytes.size()); ++i) {
    if (bytes[i] != 0) {
      reader_.corrupt("series section: padding is not zero");
    }
  }
  reader_.skip(std::min(padding, bytes.size()));
  return bytes.size() > padding;
}

bool SeriesReader::next(SeriesEntry& entry) {
  if (!skip_padding()) {
    return false;
  }
  entry.offset = reader_.offset();
  entry.id = entry.offset / scale_;
  const Bytes head = reader_.peek(kMaxLengthSize);
  std::uint64_t length = 0;
  const auto* behind =
      get_uvarint(head.data(), head.data() + std::min(head.size(), kMaxLengthSize), length);
  if (behind == nullptr) {
    bad_entry(reader_.source(), entry.offset, "bad length");
  }
  reader_.skip(static_cast<std::size_t>(behind - head.data()));
  if (length > reader_.remaining() || reader_.remaining() - length < 4) {
    bad_entry(reader_.source(), entry.offset,
              fmt::format("length {} reaches beyond the section", length));
  }
  const Bytes framed = reader_.take(static_cast<std::size_t>(length) + 4, "a series entry");
  const Bytes payload = framed.first(static_cast<std::size_t>(length));
  if (crc32c(payload) != load_be<std::uint32_t>(framed.data() + length)) {
    bad_entry(reader_.source(), entry.offset, "checksum mismatch");
  }
  parse_series(payload, reader_.source(), entry.offset, entry);
  return true;
}

}  // namespace strata::tsdb
