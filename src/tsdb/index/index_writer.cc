#include "tsdb/index/index_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <utility>

#include "base/big_endian.h"
#include "base/crc32c.h"
#include "base/error.h"
#include "base/varint.h"
#include "tsdb/index/toc.h"

namespace strata::tsdb {
namespace {

constexpr std::uint64_t kMaxSection = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint64_t kMaxIndexSize = 16 * (kMaxSection);
constexpr std::uint8_t kWrittenVersion = 2;
constexpr std::size_t kBuffer = 128 << 10;

std::array<std::uint8_t, 4> be32(std::uint64_t value) {
  std::array<std::uint8_t, 4> raw;
  store_be(raw.data(), static_cast<std::uint32_t>(value));
  return raw;
}

void check_section(const char* what, std::uint64_t length) {
  if (length > kMaxSection) {
    throw Error(
        ErrorKind::kExhausted,
        fmt::format("{} would take {} bytes; the index format allows 2^32 - 1", what, length));
  }
}

std::uint8_t* put_chunks(std::uint8_t* at, std::span<const ChunkMeta> chunks) {
  at = put_uvarint(at, chunks.size());
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    const ChunkMeta& chunk = chunks[i];
    const auto min = static_cast<std::uint64_t>(chunk.min_time);
    if (i == 0) {
      at = put_varint(at, chunk.min_time);
    } else {
      at = put_uvarint(at, min - static_cast<std::uint64_t>(chunks[i - 1].max_time));
    }
    at = put_uvarint(at, static_cast<std::uint64_t>(chunk.max_time) - min);
    at = i == 0 ? put_uvarint(at, chunk.ref)
                : put_varint(at, static_cast<std::int64_t>(chunk.ref - chunks[i - 1].ref));
  }
  return at;
}

}  // namespace

IndexWriter::IndexWriter(std::unique_ptr<ByteSink> sink, const Options& options)
    : sink_(std::move(sink)),
      options_(options),
      symbols_(options.spill_directory, options.symbols_memory),
      postings_(options.spill_directory, options.postings_memory) {}

IndexWriter::~IndexWriter() = default;

std::uint8_t* IndexWriter::room(std::size_t bytes) {
  if (buffer_.size() - used_ < bytes) {
    flush();
    if (buffer_.size() < bytes) {
      buffer_.resize(std::max(bytes, kBuffer));
    }
  }
  return buffer_.data() + used_;
}

void IndexWriter::flush() {
  if (used_ > 0) {
    sink_->append(Bytes(buffer_.data(), used_));
    used_ = 0;
  }
}

void IndexWriter::write(Bytes bytes) {
  std::ranges::copy(bytes, room(bytes.size()));
  taken(bytes.size());
}

void IndexWriter::pad(std::uint64_t alignment) {
  const auto zeros = static_cast<std::size_t>(-offset_ % alignment);
  std::fill_n(room(zeros), zeros, std::uint8_t{0});
  taken(zeros);
}

// Header: BE32 magic | version. Section: BE32 length | BE32 count | (uvarint size, bytes)... |
// CRC-32C.
void IndexWriter::write_symbols() {
  symbols_written_ = true;
  Buffer head;
  append_be(head, kIndexMagic);
  head.push_back(kWrittenVersion);
  const std::uint64_t length = 4 + symbols_.section().size();
  check_section("symbol table", length);
  append_be(head, static_cast<std::uint32_t>(length));
  append_be(head, symbols_.count());
  write(head);
  std::uint32_t crc = crc32c(Bytes(head).last(4));
  symbols_.section().for_each([&](Bytes piece) {
    crc = crc32c_extend(crc, piece);
    write(piece);
  });
  write(be32(crc));
  series_begin_ = series_end_ = offset_;
}

void IndexWriter::append_labels(Buffer& out, std::span<const PackedLabel> labels) {
  const std::size_t before = out.size();
  out.resize(before + 5 + labels.size() * 10);  // 32-bit values take at most 5 bytes each
  std::uint8_t* at = put_uvarint(out.data() + before, labels.size());
  for (const PackedLabel label : labels) {
    at = put_uvarint(at, label >> 32);
    at = put_uvarint(at, label & 0xffffffffU);
  }
  out.resize(static_cast<std::size_t>(at - out.data()));
}

std::string IndexWriter::describe(std::span<const PackedLabel> labels) const {
  SymbolStore::Lookup lookup(symbols_);
  std::string text = "{";
  for (const PackedLabel label : labels) {
    const auto name = static_cast<std::uint32_t>(label >> 32);
    const auto value = static_cast<std::uint32_t>(label);
    if (name >= symbols_.count() || value >= symbols_.count()) {
      return "{label outside the symbol table}";
    }
    text += fmt::format("{}{}=", text.size() > 1 ? "," : "", lookup.symbol(name));
    text += fmt::format("\"{}\"", lookup.symbol(value));
  }
  return text + "}";
}

void IndexWriter::check_chunks(std::span<const PackedLabel> labels,
                               std::span<const ChunkMeta> chunks) {
  std::uint64_t ref = last_ref_;
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    const ChunkMeta& chunk = chunks[i];
    if (chunk.max_time < chunk.min_time || (i > 0 && chunk.min_time <= chunks[i - 1].max_time) ||
        chunk.ref < ref) {
      throw Error(ErrorKind::kCorrupt,
                  fmt::format("chunk [{}, {}] of series {} overlaps or precedes the one before it",
                              chunk.min_time, chunk.max_time, describe(labels)));
    }
    ref = chunk.ref;
  }
  last_ref_ = ref;
}

void IndexWriter::add_series(std::span<const PackedLabel> labels, Bytes encoded_labels,
                             std::span<const ChunkMeta> chunks) {
  if (!symbols_written_) {
    write_symbols();
  }
  const bool above = std::ranges::lexicographical_compare(last_labels_, labels);
  if (!above) {
    throw Error(ErrorKind::kCorrupt,
                fmt::format("series {} does not come after the one before it", describe(labels)));
  }
  check_chunks(labels, chunks);
  pad(16);
  if (offset_ > kMaxIndexSize) {
    throw Error(ErrorKind::kExhausted, "index would outgrow 64 GiB, the limit of its format");
  }
  const std::uint64_t id = offset_ / 16;
  if (any_series_) {
    series_max_gap_ = std::max(series_max_gap_, id - last_id_);
  }
  any_series_ = true;
  last_id_ = id;

  // The length in front mostly takes one byte; it is known only once the payload is.
  constexpr std::size_t kUsualLength = 1;
  std::uint8_t* const entry =
      room(kMaxVarintSize + encoded_labels.size() + kMaxVarintSize * (1 + 3 * chunks.size()) + 4);
  std::uint8_t* payload = entry + kUsualLength;
  std::uint8_t* at = std::ranges::copy(encoded_labels, payload).out;
  at = put_chunks(at, chunks);
  const auto size = static_cast<std::size_t>(at - payload);
  check_section("series entry", size);
  store_be(at, crc32c(Bytes(payload, size)));
  if (const std::size_t length = uvarint_size(size); length != kUsualLength) {
    std::memmove(entry + length, payload, size + 4);
  }
  taken(static_cast<std::size_t>(put_uvarint(entry, size) - entry) + size + 4);
  series_end_ = offset_;
  postings_.add(static_cast<std::uint32_t>(id), labels);
  last_labels_.assign(labels.begin(), labels.end());
}

// Each list: BE32 length | BE32 count | BE32 id... | CRC-32C of count and ids. Beside it the entry
// of the offset table is made: uvarint 2 | name | value | uvarint offset.
void IndexWriter::write_postings(SpillBuffer& table, std::uint32_t& lists) {
  SymbolStore::Lookup names(symbols_);
  SymbolStore::Lookup values(symbols_);
  std::uint32_t crc = 0;
  std::uint64_t left = 0;
  const auto begin = [&](const PostingsBuilder::List& list) {
    const std::uint64_t length = 4 + 4 * std::uint64_t{list.count};
    check_section("postings list", length);
    Buffer entry;
    entry.push_back(2);
    for (const bool is_name : {true, false}) {
      const auto rank = static_cast<std::uint32_t>(is_name ? list.label >> 32 : list.label);
      const std::string_view text =
          list.all_series ? std::string_view() : (is_name ? names : values).symbol(rank);
      append_uvarint(entry, text.size());
      append(entry, as_bytes(text));
    }
    append_uvarint(entry, offset_);
    table.append(entry);
    ++lists;
    std::array<std::uint8_t, 8> head;
    store_be(head.data(), static_cast<std::uint32_t>(length));
    store_be(head.data() + 4, list.count);
    write(head);
    crc = crc32c(Bytes(head).last(4));
    left = list.count;
    if (left == 0) {
      write(be32(crc));
    }
  };
  const auto ids = [&](std::span<const std::uint32_t> piece) {
    std::uint8_t* const begin_ids = room(piece.size() * 4 + 4);
    std::uint8_t* at = begin_ids;
    for (const std::uint32_t id : piece) {
      store_be(at, id);
      at += 4;
    }
    crc = crc32c_extend(crc, Bytes(begin_ids, at));
    left -= piece.size();
    if (left == 0) {
      store_be(at, crc);
      at += 4;
    }
    taken(static_cast<std::size_t>(at - begin_ids));
  };
  postings_.finish(begin, ids);
}

void IndexWriter::write_table(const SpillBuffer& table, std::uint32_t lists) {
  table_begin_ = offset_;
  const std::uint64_t length = 4 + table.size();
  check_section("postings offset table", length);
  std::array<std::uint8_t, 8> head;
  store_be(head.data(), static_cast<std::uint32_t>(length));
  store_be(head.data() + 4, lists);
  write(head);
  std::uint32_t crc = crc32c(Bytes(head).last(4));
  table.for_each([&](Bytes piece) {
    crc = crc32c_extend(crc, piece);
    write(piece);
  });
  write(be32(crc));
}

// No label indices are written any more: their fields hold what stands in their place.
void IndexWriter::write_toc() {
  Buffer toc;
  for (const std::uint64_t field :
       {kIndexHeaderSize, series_begin_, series_end_, table_begin_, series_end_, table_begin_}) {
    append_be(toc, field);
  }
  append_be(toc, crc32c(toc));
  write(toc);
}

std::uint64_t IndexWriter::finish() {
  if (!symbols_written_) {
    write_symbols();
  }
  SpillBuffer table(options_.spill_directory, options_.symbols_memory);
  std::uint32_t lists = 0;
  pad(4);
  write_postings(table, lists);
  write_table(table, lists);
  write_toc();
  flush();
  sink_->commit();
  return offset_;
}

}  // namespace strata::tsdb
