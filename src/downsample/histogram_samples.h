#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "downsample/books.h"
#include "tsdb/chunk/histogram_decoder.h"

namespace strata::downsample {

// The histograms of a run of chunks, in order, that downsampling looks at: without stale markers
// and those that go back in time. All of their times are held, decoded buckets only up to a limit:
// chunks beyond it are decoded a second time when they are asked for.
class HistogramSamples {
 public:
  struct Entry {
    Timestamp time = 0;
    std::uint32_t chunk = 0;
    std::uint16_t index = 0;  // in the chunk
    bool is_nan = false;      // the sum is
  };

  explicit HistogramSamples(std::size_t decoded_limit) : decoded_limit_(decoded_limit) {}

  // Replaces what was read before. Borrows the data of `chunks`. Throws corrupt.
  void read(std::span<const tsdb::ChunkView> chunks, Books& books);

  std::span<const Entry> entries() const { return entries_; }
  bool has_custom_buckets(const Entry& entry) const;
  std::int32_t schema(const Entry& entry) const { return schemas_[entry.chunk]; }

  // Counts are floats. Valid until the next call.
  const tsdb::SampleColumns& columns(std::uint32_t chunk);

 private:
  void take(std::uint32_t chunk, const tsdb::SampleColumns& columns, Books& books);
  void drop_spares(std::size_t decoded);
  void decode(const tsdb::ChunkView& chunk, tsdb::SampleColumns& out);

  const std::size_t decoded_limit_;
  std::vector<tsdb::ChunkView> chunks_;
  std::vector<std::int32_t> schemas_;  // of chunks
  std::vector<Entry> entries_;
  std::vector<tsdb::SampleColumns> held_;  // of the first `held_size_` chunks
  std::size_t held_size_ = 0;
  tsdb::SampleColumns passing_;  // of a later chunk
  std::uint32_t passing_chunk_ = 0;
  bool has_passing_ = false;
  tsdb::HistogramDecoder decoder_;
};

}  // namespace strata::downsample
