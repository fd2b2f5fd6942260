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
constexpr std::size_t kCrcSize = 4;

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

const std::uint8_t* SeriesDecoder::decode_label(const std::uint8_t* at, const std::uint8_t* end,
                                                PackedLabel& label) const {
  std::uint64_t name = 0, value = 0;
  const std::size_t taken = end - at >= 8 ? get_uvarint_pair(at, name, value) : 0;
  if (taken != 0) [[likely]] {
    at += taken;
  } else {
    at = get_uvarint(at, end, name);
    at = at == nullptr ? nullptr : get_uvarint(at, end, value);
  }
  const std::uint64_t name_rank = ranks_.rank(name);
  const std::uint64_t value_rank = ranks_.rank(value);
  label = name_rank << 32 | value_rank;
  return name_rank == RankTable::kNone || value_rank == RankTable::kNone ? nullptr : at;
}

void SeriesDecoder::decode(Bytes payload, const ByteSource& file, SeriesEntry& entry) {
  PayloadReader in{.at = payload.data(), .end = payload.data() + payload.size()};
  entry.chunks.clear();
  const std::uint64_t count = in.uvarint();
  // Two references a label and one byte a reference at least: an honest count fits its payload.
  if (!in.ok || count > in.left() / 2) {
    bad_entry(file, entry.offset, fmt::format("label count {} is more than it holds", count));
  }
  const auto labels = static_cast<std::size_t>(count);
  entry.labels.resize(labels);
  for (PackedLabel& label : entry.labels) {
    in.at = decode_label(in.at, in.end, label);
    if (in.at == nullptr) {
      bad_entry(file, entry.offset, "a label is cut short or refers to no symbol");
    }
  }
  const std::uint64_t chunks = in.uvarint();
  if (!in.ok || chunks > in.left() / 3) {
    bad_entry(file, entry.offset, fmt::format("chunk count {} is more than it holds", chunks));
  }
  parse_chunks(in, chunks, file, entry.offset, entry.chunks);
  if (in.left() != 0) {
    bad_entry(file, entry.offset, fmt::format("{} bytes behind its last field", in.left()));
  }
}

SeriesReader::SeriesReader(const ByteSource& index, const Toc& toc, RankTable ranks,
                           std::size_t window)
    : reader_(index, toc.series, toc.series_end, window, SequentialReader::Checksum::kNone),
      scale_(toc.id_scale()),
      decoder_(std::move(ranks)) {}

// False at the end of the section, where padding may stand but need not.
bool SeriesReader::next(SeriesEntry& entry) {
  const auto padding = static_cast<std::size_t>(-reader_.offset() % scale_);
  const Bytes head = reader_.peek(padding + kMaxLengthSize);
  const std::size_t zeros = std::min(padding, head.size());
  if (std::any_of(head.begin(), head.begin() + static_cast<std::ptrdiff_t>(zeros),
                  [](std::uint8_t byte) { return byte != 0; })) {
    reader_.corrupt("series section: padding is not zero");
  }
  if (head.size() <= padding) {
    return false;
  }
  entry.offset = reader_.offset() + padding;
  entry.id = entry.offset / scale_;
  std::uint64_t length = 0;
  const std::uint8_t* begin = head.data() + padding;
  const std::uint8_t* behind =
      get_uvarint(begin, begin + std::min(head.size() - padding, kMaxLengthSize), length);
  if (behind == nullptr) {
    bad_entry(reader_.source(), entry.offset, "bad length");
  }
  const auto before = static_cast<std::size_t>(behind - head.data());
  if (length > reader_.remaining() || reader_.remaining() - length < before + kCrcSize) {
    bad_entry(reader_.source(), entry.offset,
              fmt::format("length {} reaches beyond the section", length));
  }
  const auto size = static_cast<std::size_t>(length);
  const Bytes payload = reader_.peek(before + size + kCrcSize).subspan(before, size);
  if (crc32c(payload) != load_be<std::uint32_t>(payload.data() + size)) {
    bad_entry(reader_.source(), entry.offset, "checksum mismatch");
  }
  decoder_.decode(payload, reader_.source(), entry);
  reader_.skip(before + size + kCrcSize);
  return true;
}

}  // namespace strata::tsdb
