#include "tsdb/postings_check.h"

#include <fmt/format.h>

#include <array>
#include <memory>
#include <string>

#include "base/big_endian.h"
#include "base/error.h"
#include "tsdb/index/postings_reader.h"
#include "tsdb/index/sequential_reader.h"
#include "tsdb/index/symbol_reader.h"

namespace strata::tsdb {
namespace {

constexpr std::size_t kWindow = 64 << 10;

// Resolves positions of the symbol table to strings by walking it. The lists come sorted by name,
// then value, so a walk goes back only where a new name begins.
class SymbolWalk {
 public:
  SymbolWalk(const ByteSource& index, const Toc& toc) : index_(index), toc_(toc) {}

  std::string_view at(std::uint32_t position) {
    if (!reader_ || position < position_) {
      reader_ = std::make_unique<SymbolReader>(index_, toc_, kWindow);
      reader_->next();
      position_ = 0;
    }
    while (position_ < position) {
      reader_->next();
      ++position_;
    }
    return reader_->symbol();
  }

 private:
  const ByteSource& index_;
  const Toc& toc_;
  std::unique_ptr<SymbolReader> reader_;
  std::uint32_t position_ = 0;
};

// The offset table, entry by entry, and the list that each entry points at.
class TableReader {
 public:
  TableReader(const ByteSource& index, const Toc& toc)
      : index_(index),
        toc_(toc),
        table_(index, toc.postings_table + 4, payload_end(index, toc), kWindow) {
    left_ = table_.be32("postings offset table count");
  }

  bool next() {
    if (left_ == 0) {
      finish();
      return false;
    }
    --left_;
    entry_offset_ = table_.offset();
    if (table_.uvarint("a key count") != 2) {
      fail("entry without name and value");
    }
    name_ = table_.string("a label name");
    value_ = table_.string("a label value");
    const std::uint64_t offset = table_.uvarint("a postings offset");
    if (offset < toc_.postings || offset >= toc_.postings_table) {
      fail(fmt::format("list offset {} outside the postings section", offset));
    }
    list_ = std::make_unique<PostingsReader>(index_, toc_, offset, kWindow);
    return true;
  }

  const std::string& name() const { return name_; }
  const std::string& value() const { return value_; }
  PostingsReader& list() { return *list_; }
  [[noreturn]] void fail(const std::string& what) const {
    throw_corrupt("postings offset table: " + what, index_.name(), entry_offset_);
  }

 private:
  static std::uint64_t payload_end(const ByteSource& index, const Toc& toc) {
    std::array<std::uint8_t, 4> raw;
    if (toc.end - toc.postings_table < 12) {
      throw_corrupt("postings offset table: too short", index.name(), toc.postings_table);
    }
    index.read_at(toc.postings_table, raw);
    const std::uint64_t length = load_be<std::uint32_t>(raw.data());
    if (length + 8 != toc.end - toc.postings_table) {
      throw_corrupt(
          fmt::format("postings offset table: length {} does not reach the table of contents",
                      length),
          index.name(), toc.postings_table);
    }
    return toc.postings_table + 4 + length;
  }

  void finish() {
    if (table_.remaining() != 0) {
      table_.corrupt("postings offset table: bytes behind the last entry");
    }
    std::array<std::uint8_t, 4> raw;
    index_.read_at(table_.end(), raw);
    if (load_be<std::uint32_t>(raw.data()) != table_.crc()) {
      throw_corrupt("postings offset table: checksum mismatch", index_.name(), table_.end());
    }
  }

  const ByteSource& index_;
  const Toc& toc_;
  SequentialReader table_;
  std::uint32_t left_ = 0;
  std::uint64_t entry_offset_ = 0;
  std::string name_, value_;
  std::unique_ptr<PostingsReader> list_;
};

// The one gap of the section: zeros up to the first list, which is aligned to 4.
void check_padding(const ByteSource& index, const Toc& toc) {
  std::array<std::uint8_t, 4> raw{};
  const std::uint64_t padding = (4 - toc.postings % 4) % 4;
  index.read_at(toc.postings, MutableBytes(raw).first(static_cast<std::size_t>(padding)));
  if (load_be<std::uint32_t>(raw.data()) != 0) {
    throw_corrupt("postings: padding is not zero", index.name(), toc.postings);
  }
}

}  // namespace

void check_postings(const ByteSource& index, const Toc& toc, PostingsBuilder& expected) {
  if (toc.version != 1) {
    check_padding(index, toc);
  }
  TableReader table(index, toc);
  SymbolWalk names(index, toc), values(index, toc);
  std::uint32_t left = 0;
  const auto end_list = [&] {
    std::uint64_t id = 0;
    if (table.list().next(id)) {
      table.fail("a list is longer than its series");
    }
  };
  const auto begin = [&](const PostingsBuilder::List& list) {
    if (!table.next()) {
      throw_corrupt("postings offset table: a label of the series is missing", index.name(),
                    toc.postings_table);
    }
    left = list.count;
    if (toc.version == 1) {
      return;
    }
    const auto name = list.all_series ? "" : names.at(static_cast<std::uint32_t>(list.label >> 32));
    const auto value = list.all_series ? "" : values.at(static_cast<std::uint32_t>(list.label));
    if (table.name() != name || table.value() != value) {
      table.fail(fmt::format("{}=\"{}\" where {}=\"{}\" was due", table.name(), table.value(), name,
                             value));
    }
    if (left == 0) {
      end_list();
    }
  };
  const auto ids = [&](std::span<const std::uint32_t> piece) {
    left -= static_cast<std::uint32_t>(piece.size());
    if (toc.version == 1) {
      return;
    }
    for (const std::uint32_t want : piece) {
      std::uint64_t id = 0;
      if (!table.list().next(id) || id != want) {
        table.fail(fmt::format("list of {}=\"{}\" differs from the series at id {}", table.name(),
                               table.value(), want));
      }
    }
    if (left == 0) {
      end_list();
    }
  };
  expected.finish(begin, ids);
  if (table.next()) {
    table.fail(fmt::format("{}=\"{}\" belongs to no series", table.name(), table.value()));
  }
}

}  // namespace strata::tsdb
