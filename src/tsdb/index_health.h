#pragma once

#include <cstdint>
#include <stop_token>
#include <string>

#include "base/error.h"
#include "base/time.h"
#include "tsdb/byte_source.h"
#include "tsdb/index/series_reader.h"

namespace strata::tsdb {

// What may be wrong with the chunks and labels that an index lists, beyond its format. The
// reference counts the same before every compaction and judges in this order.
enum class HealthProblem {
  kNone,
  kOutsideChunks,     // chunks outside the block's range
  kOutOfOrderChunks,  // overlapping ranges within a series
  kIssue347,          // chunks that begin right at the block's maxTime (Prometheus before 2.1)
  kOutOfOrderLabels,  // label names of a series descend
};

struct HealthReport {
  std::string block;
  std::uint64_t series = 0;
  std::uint64_t chunks = 0;
  std::uint64_t outside_chunks = 0;  // partly or wholly outside
  std::uint64_t complete_outside_chunks = 0;
  std::uint64_t issue_347_chunks = 0;   // also among the outside ones
  std::uint64_t duplicated_chunks = 0;  // same range twice: harmless
  std::uint64_t out_of_order_chunks = 0;
  std::uint64_t out_of_order_series = 0;
  std::uint64_t out_of_order_labels = 0;
  std::string example;                // the first problem, in words
  std::uint64_t series_max_size = 0;  // bytes
  std::uint64_t chunk_max_size = 0;

  HealthProblem worst() const;
  std::string describe() const;
};

// A block whose index is readable but must not be merged as it is.
class HealthError : public Error {
 public:
  explicit HealthError(HealthReport report);
  const HealthReport& report() const { return report_; }

 private:
  HealthReport report_;
};

// Counts one series' chunks into `report`. `range` is the block's, both ends allowed.
void inspect_chunks(const SeriesEntry& entry, const TimeRange& range, HealthReport& report);

// Reads the whole index, not the chunks. Throws corrupt for what breaks its format: unreadable
// sections, empty label sets, series out of order or without chunks.
HealthReport check_index_health(std::stop_token stop, const BlockSource& block,
                                const TimeRange& range);

}  // namespace strata::tsdb
