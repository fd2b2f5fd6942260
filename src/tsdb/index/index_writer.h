#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "tsdb/byte_source.h"
#include "tsdb/index/postings_builder.h"
#include "tsdb/index/series_reader.h"
#include "tsdb/index/symbol_store.h"

namespace strata::tsdb {

// Writes a version 2 index strictly forwards: symbols, series in label order, then postings, their
// offset table and the TOC. Memory is bounded by the two figures given; the rest spills.
class IndexWriter {
 public:
  struct Options {
    std::filesystem::path spill_directory;
    std::size_t symbols_memory = std::size_t{8} << 20;
    std::size_t postings_memory = std::size_t{24} << 20;
  };

  IndexWriter(std::unique_ptr<ByteSink> sink, const Options& options);
  ~IndexWriter();

  // All symbols before the first series.
  void add_symbol(std::string_view symbol) { symbols_.add(symbol); }
  std::uint32_t symbol_count() const { return symbols_.count(); }
  // For messages.
  std::string describe(std::span<const PackedLabel> labels) const;

  // `encoded_labels` is uvarint #labels and the pairs' uvarints, as append_labels() makes them.
  // Throws corrupt when the label set is not above the last one, or chunks overlap or their
  // references descend.
  void add_series(std::span<const PackedLabel> labels, Bytes encoded_labels,
                  std::span<const ChunkMeta> chunks);
  // Writes the rest and commits; returns the file's size.
  std::uint64_t finish();

  // Largest gap between two series entries, bytes.
  std::uint64_t series_max_size() const { return series_max_gap_ * 16; }

  static void append_labels(Buffer& out, std::span<const PackedLabel> labels);

 private:
  // At least so many bytes behind what is buffered, to be written and then taken().
  std::uint8_t* room(std::size_t bytes);
  void taken(std::size_t bytes) {
    used_ += bytes;
    offset_ += bytes;
  }
  void flush();
  void write(Bytes bytes);
  void pad(std::uint64_t alignment);
  void write_symbols();
  void write_postings(SpillBuffer& table, std::uint32_t& lists);
  void write_table(const SpillBuffer& table, std::uint32_t lists);
  void write_toc();
  void check_chunks(std::span<const PackedLabel> labels, std::span<const ChunkMeta> chunks);

  std::unique_ptr<ByteSink> sink_;
  Options options_;
  SymbolStore symbols_;
  PostingsBuilder postings_;
  Buffer buffer_;  // the first `used_` bytes wait for the sink
  std::size_t used_ = 0;
  std::uint64_t offset_ = 0;
  std::uint64_t series_begin_ = 0;
  std::uint64_t series_end_ = 0;
  std::uint64_t table_begin_ = 0;
  std::uint64_t last_ref_ = 0;
  std::uint64_t last_id_ = 0;
  std::uint64_t series_max_gap_ = 0;
  std::vector<PackedLabel> last_labels_;
  bool symbols_written_ = false;
  bool any_series_ = false;
};

}  // namespace strata::tsdb
