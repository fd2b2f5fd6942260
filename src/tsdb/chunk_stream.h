#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/mutex.h"
#include "tsdb/byte_source.h"
#include "tsdb/chunk/chunk.h"
#include "tsdb/index/series_reader.h"

namespace strata::tsdb {

// A piece of a segment file in memory. Shared: it lives as long as a batch still refers to its
// bytes.
struct ChunkWindow {
  std::size_t segment = 0;
  std::uint64_t offset = 0;
  Buffer bytes;
};

// Used windows, for reuse: whoever drops the last reference gives the window back. Thread-safe.
class WindowPool : public std::enable_shared_from_this<WindowPool> {
 public:
  explicit WindowPool(std::size_t kept) : kept_(kept) {}
  std::shared_ptr<ChunkWindow> take();

 private:
  void give_back(std::unique_ptr<ChunkWindow> window);

  const std::size_t kept_;
  Mutex mutex_;
  std::vector<std::unique_ptr<ChunkWindow>> free_ GUARDED_BY(mutex_);
};

// Hands out chunk records of one block. References normally ascend, so it reads forwards through
// windows; one that goes back or far ahead costs a small read of its own. One thread.
class ChunkStream {
 public:
  ChunkStream(const BlockSource& block, std::size_t window, std::shared_ptr<WindowPool> pool);

  // The chunk's record, its lengths checked, its CRC not yet. Borrowed from window(), which whoever
  // keeps the view must hold. The encoding byte stands right in front of `data`.
  ChunkView fetch(const ChunkMeta& meta);
  const std::shared_ptr<ChunkWindow>& window() const { return window_; }
  // Bytes loaded since the last call: what holding the windows costs.
  std::uint64_t take_loaded();

 private:
  void check_header(std::size_t segment);
  void load(std::size_t segment, std::uint64_t offset, std::uint64_t wanted);

  const BlockSource& block_;
  std::size_t window_size_;
  std::shared_ptr<ChunkWindow> window_;
  std::shared_ptr<WindowPool> pool_;
  std::vector<bool> header_checked_;
  std::uint64_t loaded_ = 0;
};

// Compares the stored CRC with the one of the encoding byte and data. For views of a ChunkStream
// only.
void check_record_crc(const BlockSource& block, const ChunkView& chunk, std::uint64_t ref);

}  // namespace strata::tsdb
