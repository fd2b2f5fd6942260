#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "tsdb/block_assembler.h"
#include "tsdb/chunk/series_merge.h"
#include "tsdb/chunk_stream.h"
#include "tsdb/index/postings_builder.h"

namespace strata::tsdb {

// Some consecutive series of the result on their way through the pipeline: cut by the cursor,
// filled in by a worker, written in order. All vectors are reused from batch to batch.
struct SeriesBatch {
  // The chunks that one input has of a series.
  struct Part {
    const BlockSource* block = nullptr;
    std::size_t chunks_begin = 0;
    std::size_t chunks_end = 0;
    std::size_t drops_begin = 0;
    std::size_t drops_end = 0;
  };
  struct Series {
    std::size_t labels_begin = 0;
    std::size_t labels_end = 0;
    std::size_t parts_begin = 0;
    std::size_t parts_end = 0;
    // A series of one input may go on in the next batch: its chunks are only copied.
    bool begins = true;
    bool ends = true;
    // Filled in by the worker: positions behind the last of this series.
    std::size_t encoded_labels_end = 0;
    std::size_t records_end = 0;
    std::size_t written_end = 0;
  };

  std::uint64_t number = 0;

  // What the cursor found.
  std::vector<Series> series;
  std::vector<PackedLabel> labels;
  std::vector<Part> parts;
  std::vector<ChunkView> chunks;
  std::vector<std::uint64_t> refs;  // of `chunks`, for messages
  std::vector<Interval> drops;
  std::vector<std::shared_ptr<ChunkWindow>> windows;  // keep `chunks` alive
  std::uint64_t chunk_bytes = 0;
  std::uint64_t window_bytes = 0;

  // What the worker made of it.
  Buffer encoded_labels;
  Buffer records;
  std::vector<ChunkRecord> written;

  void clear();
};

}  // namespace strata::tsdb
