#include "tsdb/index/sequential_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/big_endian.h"
#include "base/crc32c.h"
#include "base/error.h"
#include "base/varint.h"

namespace strata::tsdb {

SequentialReader::SequentialReader(const ByteSource& source, std::uint64_t begin, std::uint64_t end,
                                   std::size_t window, Checksum checksum)
    : source_(&source),
      end_(end),
      window_offset_(begin),
      window_(window),
      sum_(checksum == Checksum::kSum) {
  if (begin > end || end > source.size()) {
    throw_corrupt(fmt::format("section [{}, {}) lies outside the file of {} bytes", begin, end,
                              source.size()),
                  source.name(), begin);
  }
}

void SequentialReader::refill(std::size_t wanted) {
  const std::size_t kept = filled_ - at_;
  if (kept > 0 && at_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + at_, kept);
  }
  window_offset_ += at_;
  at_ = 0;
  filled_ = kept;
  const std::uint64_t left = end_ - (window_offset_ + kept);
  const std::size_t capacity = std::max(window_, wanted);
  const std::size_t more = static_cast<std::size_t>(std::min<std::uint64_t>(left, capacity - kept));
  if (more == 0) {
    return;
  }
  if (buffer_.size() < kept + more) {
    buffer_.resize(kept + more);
  }
  const MutableBytes fresh(buffer_.data() + kept, more);
  source_->read_at(window_offset_ + kept, fresh);
  if (sum_) {
    crc_ = crc32c_extend(crc_, fresh);
  }
  filled_ = kept + more;
  if (window_offset_ + filled_ < end_) {
    source_->will_need(window_offset_ + filled_,
                       std::min<std::uint64_t>(end_ - window_offset_ - filled_, window_));
  }
}

Bytes SequentialReader::take(std::size_t count, const char* what) {
  const Bytes bytes = peek(count > remaining() ? 0 : count);
  if (bytes.size() < count) {
    corrupt(fmt::format("section ends inside {}", what));
  }
  at_ += count;
  return bytes.first(count);
}

std::uint64_t SequentialReader::uvarint(const char* what) {
  const Bytes bytes = peek(kMaxVarintSize);
  std::uint64_t value = 0;
  const auto* behind = get_uvarint(bytes.data(), bytes.data() + bytes.size(), value);
  if (behind == nullptr) {
    corrupt(fmt::format("bad varint of {}", what));
  }
  at_ += static_cast<std::size_t>(behind - bytes.data());
  return value;
}

std::uint32_t SequentialReader::be32(const char* what) {
  return load_be<std::uint32_t>(take(4, what).data());
}

std::string_view SequentialReader::string(const char* what) {
  const std::uint64_t length = uvarint(what);
  if (length > remaining()) {
    corrupt(fmt::format("{} of {} bytes reaches beyond its section", what, length));
  }
  return as_text(take(static_cast<std::size_t>(length), what));
}

void SequentialReader::corrupt(const std::string& message) const {
  throw_corrupt(message, source_->name(), offset());
}

}  // namespace strata::tsdb
