#pragma once

#include <cstdint>
#include <stop_token>

#include "tsdb/block_writer.h"
#include "tsdb/byte_source.h"

namespace strata::compact {

struct RepairResult {
  tsdb::WrittenBlock written;
  std::uint64_t chunks_dropped = 0;
  std::uint64_t samples_dropped = 0;
};

// Copies a block without the chunks that begin at or behind the end of its range, which Prometheus
// before 2.1 wrote by mistake: the next block has their samples. Streams series by series; symbols
// are kept. Throws corrupt for a broken block, and when the samples that it read are not those that
// it wrote and dropped.
RepairResult drop_chunks_at_end(std::stop_token stop, const tsdb::BlockSource& block,
                                const TimeRange& range, tsdb::BlockSink& sink,
                                const tsdb::WriterOptions& options);

}  // namespace strata::compact
