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
// Behind the CRC, so that the last field can be read as a word.
constexpr std::size_t kWordSlack = 4;

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

// Leaves the label in `seen`. False for a label that is cut short or refers to no symbol.
bool SeriesDecoder::decode_label(PayloadReader& in, Seen& seen) const {
  std::uint64_t name = 0, value = 0;
  const std::size_t taken = in.is_word_readable() ? get_uvarint_pair(in.at, name, value) : 0;
  if (taken != 0 && taken <= in.left()) [[likely]] {
    seen.mask = ~std::uint64_t{0} >> (64 - 8 * taken);
    seen.bytes = load_le64(in.at) & seen.mask;
    seen.length = taken;
    in.at += taken;
  } else {
    seen = {};
    name = in.uvarint();
    value = in.uvarint();
  }
  const std::uint64_t name_rank = ranks_.rank(name);
  const std::uint64_t value_rank = ranks_.rank(value);
  if (!in.ok || name_rank == RankTable::kNone || value_rank == RankTable::kNone) {
    seen = {};
    return false;
  }
  seen.label = name_rank << 32 | value_rank;
  return true;
}

void SeriesDecoder::decode(Bytes window, std::size_t payload, const ByteSource& file,
                           SeriesEntry& entry) {
  PayloadReader in{.at = window.data(),
                   .end = window.data() + payload,
                   .readable = window.data() + window.size()};
  entry.chunks.clear();
  const std::uint64_t count = in.uvarint();
  // Two references a label and one byte a reference at least: an honest count fits its payload.
  if (!in.ok || count > in.left() / 2) {
    bad_entry(file, entry.offset, fmt::format("label count {} is more than it holds", count));
  }
  const auto labels = static_cast<std::size_t>(count);
  entry.labels.resize(labels);
  std::size_t shared = 0;
  for (std::size_t i = 0; i < labels; ++i) {
    Seen& seen = seen_[std::min(i, seen_.size() - 1)];
    if (in.is_word_readable() && (load_le64(in.at) & seen.mask) == seen.bytes &&
        seen.length <= in.left()) {
      in.at += seen.length;
      shared += shared == i ? 1 : 0;
    } else if (!decode_label(in, seen)) {
      bad_entry(file, entry.offset, "a label is cut short or refers to no symbol");
    }
    entry.labels[i] = seen.label;
  }
  entry.shared_labels = std::min({shared, last_count_, seen_.size() - 1});
  last_count_ = labels;
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
  const Bytes payload = reader_.peek(before + size + kCrcSize + kWordSlack).subspan(before);
  if (crc32c(payload.first(size)) != load_be<std::uint32_t>(payload.data() + size)) {
    bad_entry(reader_.source(), entry.offset, "checksum mismatch");
  }
  decoder_.decode(payload, size, reader_.source(), entry);
  reader_.skip(before + size + kCrcSize);
  return true;
}

}  // namespace strata::tsdb
