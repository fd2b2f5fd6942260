#include "compact/testing/edit_index.h"

#include <map>
#include <string>
#include <vector>

#include "base/big_endian.h"
#include "base/crc32c.h"
#include "base/varint.h"
#include "block/object_source.h"
#include "tsdb/index/rank_table.h"
#include "tsdb/index/symbol_reader.h"

namespace strata::compact::testing {
namespace {

constexpr std::size_t kWindow = 64 << 10;

class IndexBuilder {
 public:
  explicit IndexBuilder(std::vector<std::string> symbols) : symbols_(std::move(symbols)) {
    append_be(out_, tsdb::kIndexMagic);
    out_.push_back(2);
    Buffer section;
    append_be(section, static_cast<std::uint32_t>(symbols_.size()));
    for (const std::string& symbol : symbols_) {
      append_text(section, symbol);
    }
    append_section(section);
    pad(16);
    series_ = out_.size();
  }

  void add(const tsdb::SeriesEntry& entry) {
    pad(16);
    const auto id = static_cast<std::uint32_t>(out_.size() / 16);
    Buffer payload;
    append_uvarint(payload, entry.labels.size());
    for (const tsdb::PackedLabel label : entry.labels) {
      append_uvarint(payload, label >> 32);
      append_uvarint(payload, label & 0xffffffff);
      lists_[{symbols_.at(label >> 32), symbols_.at(label & 0xffffffff)}].push_back(id);
    }
    lists_[{"", ""}].push_back(id);
    append_chunks(payload, entry.chunks);
    append_uvarint(out_, payload.size());
    append(out_, payload);
    append_be(out_, crc32c(payload));
  }

  Buffer finish() {
    pad(4);
    const std::uint64_t postings = out_.size();
    Buffer table;
    append_be(table, static_cast<std::uint32_t>(lists_.size()));
    for (const auto& [label, ids] : lists_) {
      pad(4);
      append_uvarint(table, 2);
      append_text(table, label.first);
      append_text(table, label.second);
      append_uvarint(table, out_.size());
      Buffer list;
      append_be(list, static_cast<std::uint32_t>(ids.size()));
      for (const std::uint32_t id : ids) {
        append_be(list, id);
      }
      append_section(list);
    }
    const std::uint64_t table_begin = out_.size();
    append_section(table);
    Buffer toc;
    for (const std::uint64_t field :
         {tsdb::kIndexHeaderSize, series_, postings, table_begin, postings, table_begin}) {
      append_be(toc, field);
    }
    append(out_, toc);
    append_be(out_, crc32c(toc));
    return std::move(out_);
  }

 private:
  static void append_text(Buffer& out, const std::string& text) {
    append_uvarint(out, text.size());
    append(out, as_bytes(text));
  }

  static void append_chunks(Buffer& out, const std::vector<tsdb::ChunkMeta>& chunks) {
    append_uvarint(out, chunks.size());
    for (std::size_t at = 0; at < chunks.size(); ++at) {
      const tsdb::ChunkMeta& chunk = chunks[at];
      if (at == 0) {
        append_varint(out, chunk.min_time);
      } else {
        append_uvarint(out, static_cast<std::uint64_t>(chunk.min_time) -
                                static_cast<std::uint64_t>(chunks[at - 1].max_time));
      }
      append_uvarint(out, static_cast<std::uint64_t>(chunk.max_time - chunk.min_time));
      if (at == 0) {
        append_uvarint(out, chunk.ref);
      } else {
        append_varint(out, static_cast<std::int64_t>(chunk.ref - chunks[at - 1].ref));
      }
    }
  }

  void append_section(const Buffer& content) {
    append_be(out_, static_cast<std::uint32_t>(content.size()));
    append(out_, content);
    append_be(out_, crc32c(content));
  }

  void pad(std::size_t alignment) {
    while (out_.size() % alignment != 0) {
      out_.push_back(0);
    }
  }

  std::vector<std::string> symbols_;
  Buffer out_;
  std::uint64_t series_ = 0;
  std::map<std::pair<std::string, std::string>, std::vector<std::uint32_t>> lists_;
};

}  // namespace

void edit_index(objstore::Bucket& bucket, const Ulid& id,
                const std::function<void(tsdb::SeriesEntry&)>& edit) {
  const block::ObjectBlockSource source({}, bucket, id);
  const tsdb::Toc toc = tsdb::read_toc(source.index());
  std::vector<std::string> symbols;
  tsdb::SymbolReader reader(source.index(), toc, kWindow);
  tsdb::RankTable ranks(toc);
  while (reader.next()) {
    ranks.add(reader, static_cast<std::uint32_t>(symbols.size()));
    symbols.emplace_back(reader.symbol());
  }
  IndexBuilder builder(std::move(symbols));
  tsdb::SeriesReader series(source.index(), toc, std::move(ranks), kWindow);
  tsdb::SeriesEntry entry;
  while (series.next(entry)) {
    edit(entry);
    builder.add(entry);
  }
  bucket.put({}, id.to_string() + "/index", builder.finish(), {});
}

}  // namespace strata::compact::testing
