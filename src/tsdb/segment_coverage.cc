#include "tsdb/segment_coverage.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "base/varint.h"
#include "tsdb/index/segment_writer.h"

namespace strata::tsdb {

SegmentCoverage::SegmentCoverage(const BlockSource& block)
    : block_(block),
      ends_(block.segment_count(), kSegmentHeaderSize),
      descending_(block.segment_count()) {}

void SegmentCoverage::gap(std::size_t segment, std::uint64_t from, std::uint64_t to) {
  if (gaps_.size() < kMaxGaps && !descending_[segment]) {
    gaps_.push_back(
        {.file = block_.segment(segment).name(),
         .offset = from,
         .message = fmt::format("{} bytes that no chunk reference reaches", to - from)});
  }
}

void SegmentCoverage::add(std::size_t segment, std::uint64_t offset, std::uint64_t data_length) {
  std::uint64_t& end = ends_[segment];
  if (offset > end) {
    gap(segment, end, offset);
  } else if (offset < end) {
    descending_[segment] = true;
    return;
  }
  end = offset + uvarint_size(data_length) + 1 + data_length + 4;
}

std::vector<SegmentCoverage::Gap> SegmentCoverage::finish() {
  for (std::size_t segment = 0; segment < ends_.size(); ++segment) {
    const ByteSource& file = block_.segment(segment);
    if (file.size() < kSegmentHeaderSize) {
      gaps_.push_back({.file = file.name(), .offset = 0, .message = "segment is too short"});
      continue;
    }
    std::array<std::uint8_t, kSegmentHeaderSize> header;
    file.read_at(0, header);
    if (header[5] != 0 || header[6] != 0 || header[7] != 0) {
      gaps_.push_back({.file = file.name(), .offset = 5, .message = "header padding is not zero"});
    }
    if (ends_[segment] < file.size()) {
      gap(segment, ends_[segment], file.size());
    }
  }
  return std::move(gaps_);
}

}  // namespace strata::tsdb
