#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/memory_budget.h"
#include "tsdb/byte_source.h"
#include "tsdb/chunk/chunk.h"

namespace strata::tsdb {

// A label as two positions in the block's sorted symbol table.
struct LabelRef {
  std::uint32_t name = 0;
  std::uint32_t value = 0;
  auto operator<=>(const LabelRef&) const = default;
};

struct BlockStats {
  std::uint64_t num_samples = 0;
  std::uint64_t num_float_samples = 0;
  std::uint64_t num_histogram_samples = 0;
  std::uint64_t num_series = 0;
  std::uint64_t num_chunks = 0;
};

struct WrittenFile {
  std::string rel_path;  // "index", "chunks/000001"
  std::uint64_t size = 0;
};

struct WriterOptions {
  std::uint64_t segment_size = std::uint64_t{512} << 20;  // the reference's, 512 MiB
  std::uint64_t postings_memory = std::uint64_t{24}
                                  << 20;  // bytes of posting lists before they spill
  std::filesystem::path spill_directory;  // for unnamed files; must exist
};

struct WrittenBlock {
  BlockStats stats;
  std::vector<WrittenFile> files;     // chunks first, index last
  std::uint64_t series_max_size = 0;  // index health figures of the written index
  std::uint64_t chunk_max_size = 0;
};

// Writes index and chunks of one block strictly forwards: symbols, then series in label order, then
// finish(). Destroyed before finish() it leaves nothing. One thread.
class BlockWriter {
 public:
  BlockWriter(BlockSink& sink, const WriterOptions& options);
  ~BlockWriter();
  BlockWriter(const BlockWriter&) = delete;
  BlockWriter& operator=(const BlockWriter&) = delete;

  // Ascending and unique by bytes, all before the first series. The position is the symbol's
  // reference.
  void add_symbol(std::string_view symbol);
  // Label sets strictly ascending; chunks ascending and not overlapping. A series without chunks is
  // not written.
  void add_series(std::span<const LabelRef> labels, std::span<const ChunkView> chunks);
  WrittenBlock finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace strata::tsdb
