#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tsdb/byte_source.h"

namespace strata::tsdb {

// Notices bytes of segment files that no chunk reference reaches. References that ascend, as all
// known writers make them, cost nothing; others are only counted, and their gaps not looked for.
class SegmentCoverage {
 public:
  struct Gap {
    std::string file;
    std::uint64_t offset = 0;
    std::string message;
  };

  explicit SegmentCoverage(const BlockSource& block);

  void add(std::size_t segment, std::uint64_t offset, std::uint64_t data_length);
  // Also looks at the segment headers' padding and at what stands behind the last records.
  std::vector<Gap> finish();

 private:
  static constexpr std::size_t kMaxGaps = 100;

  void gap(std::size_t segment, std::uint64_t from, std::uint64_t to);

  const BlockSource& block_;
  std::vector<std::uint64_t> ends_;  // per segment: behind the last record seen
  std::vector<bool> descending_;
  std::vector<Gap> gaps_;
};

}  // namespace strata::tsdb
