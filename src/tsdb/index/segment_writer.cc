#include "tsdb/index/segment_writer.h"

#include <array>
#include <utility>

#include "base/big_endian.h"

namespace strata::tsdb {
namespace {

// What the rule takes a record to need besides its data: 5 bytes length, 1 encoding, 4 CRC.
constexpr std::uint64_t kAssumedOverhead = 10;

}  // namespace

SegmentWriter::SegmentWriter(BlockSink& sink, std::uint64_t segment_size)
    : sink_(sink), segment_size_(segment_size) {}

SegmentWriter::~SegmentWriter() = default;

void SegmentWriter::cut() {
  flush();
  if (file_) {
    file_->commit();
    sizes_.push_back(size_);
  }
  file_ = sink_.create_segment(++number_);
  std::array<std::uint8_t, kSegmentHeaderSize> header{};
  store_be(header.data(), kSegmentMagic);
  header[4] = 1;
  file_->append(header);
  size_ = kSegmentHeaderSize;
}

// The position counted is the one at the start of the series' call; after a cut only the estimate
// counts.
std::uint64_t SegmentWriter::add(std::uint64_t data_length, Bytes record) {
  const bool first = estimate_ == 0;
  const std::uint64_t cost = data_length + kAssumedOverhead;
  estimate_ += cost;
  const bool continues = !cut_in_series_ && size_at_series_ > kSegmentHeaderSize;
  const bool full = continues ? estimate_ + size_at_series_ > segment_size_
                              : !first && estimate_ + kSegmentHeaderSize > segment_size_;
  if (full || !file_) {
    cut();
    if (full) {
      cut_in_series_ = true;
      estimate_ = cost;
    }
  }
  if (!pending_.empty() && pending_.data() + pending_.size() == record.data()) {
    pending_ = Bytes(pending_.data(), pending_.size() + record.size());
  } else {
    flush();
    pending_ = record;
  }
  const std::uint64_t ref = (static_cast<std::uint64_t>(number_ - 1) << 32) | size_;
  size_ += record.size();
  return ref;
}

void SegmentWriter::flush() {
  if (!pending_.empty()) {
    file_->append(std::exchange(pending_, {}));
  }
}

void SegmentWriter::finish() {
  flush();
  if (file_) {
    file_->commit();
    sizes_.push_back(size_);
    file_.reset();
  }
}

}  // namespace strata::tsdb
