#include "tsdb/chunk_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/big_endian.h"
#include "base/crc32c.h"
#include "base/error.h"
#include "base/varint.h"
#include "tsdb/index/segment_writer.h"

namespace strata::tsdb {
namespace {

constexpr std::size_t kMaxLengthSize = 5;
constexpr std::size_t kTrailer = 1 + 4;  // encoding and CRC
constexpr std::size_t kSmallWindow = 8 << 10;

}  // namespace

std::shared_ptr<ChunkWindow> WindowPool::take() {
  std::unique_ptr<ChunkWindow> window;
  {
    MutexLock lock(mutex_);
    if (!free_.empty()) {
      window = std::move(free_.back());
      free_.pop_back();
    }
  }
  if (window == nullptr) {
    window = std::make_unique<ChunkWindow>();
  }
  return {window.release(), [pool = shared_from_this()](ChunkWindow* used) {
            pool->give_back(std::unique_ptr<ChunkWindow>(used));
          }};
}

void WindowPool::give_back(std::unique_ptr<ChunkWindow> window) {
  MutexLock lock(mutex_);
  if (free_.size() < kept_) {
    free_.push_back(std::move(window));
  }
}

ChunkStream::ChunkStream(const BlockSource& block, std::size_t window,
                         std::shared_ptr<WindowPool> pool)
    : block_(block),
      window_size_(window),
      pool_(std::move(pool)),
      header_checked_(block.segment_count()) {}

void ChunkStream::check_header(std::size_t segment) {
  const ByteSource& file = block_.segment(segment);
  if (file.size() < kSegmentHeaderSize) {
    throw_corrupt(fmt::format("segment of {} bytes is too short", file.size()), file.name(), 0);
  }
  std::array<std::uint8_t, kSegmentHeaderSize> header;
  file.read_at(0, header);
  if (load_be<std::uint32_t>(header.data()) != kSegmentMagic) {
    throw_corrupt("not a chunk segment: bad magic number", file.name(), 0);
  }
  if (header[4] != 1) {
    throw_corrupt(fmt::format("unknown segment version {}", header[4]), file.name(), 4);
  }
  header_checked_[segment] = true;
}

void ChunkStream::load(std::size_t segment, std::uint64_t offset, std::uint64_t wanted) {
  const ByteSource& file = block_.segment(segment);
  const bool forward = window_ == nullptr || segment == window_->segment + 1 ||
                       (segment == window_->segment && offset >= window_->offset &&
                        offset <= window_->offset + window_->bytes.size() + window_size_);
  const std::uint64_t size = std::min(
      std::max<std::uint64_t>(forward ? window_size_ : kSmallWindow, wanted), file.size() - offset);
  window_.reset();
  auto window = pool_->take();
  window->segment = segment;
  window->offset = offset;
  window->bytes.resize(static_cast<std::size_t>(size));
  file.read_at(offset, window->bytes);
  loaded_ += size;
  if (forward && offset + size < file.size()) {
    file.will_need(offset + size,
                   std::min<std::uint64_t>(window_size_, file.size() - offset - size));
  }
  window_ = std::move(window);
}

ChunkView ChunkStream::fetch(const ChunkMeta& meta) {
  const auto segment = static_cast<std::size_t>(meta.ref >> 32);
  const std::uint64_t offset = meta.ref & 0xffffffffU;
  if (segment >= block_.segment_count()) {
    throw_corrupt(fmt::format("chunk reference {:#x} names segment {} of {}", meta.ref, segment + 1,
                              block_.segment_count()),
                  "index", 0);
  }
  if (!header_checked_[segment]) {
    check_header(segment);
  }
  const ByteSource& file = block_.segment(segment);
  if (offset < kSegmentHeaderSize || offset >= file.size()) {
    throw_corrupt(fmt::format("chunk reference outside the segment of {} bytes", file.size()),
                  file.name(), offset);
  }
  const auto view = [&]() -> Bytes {
    if (window_ == nullptr || window_->segment != segment || offset < window_->offset ||
        offset >= window_->offset + window_->bytes.size()) {
      return {};
    }
    return Bytes(window_->bytes).subspan(static_cast<std::size_t>(offset - window_->offset));
  };
  // Twice at most: once to see the length, once to have all of the record.
  for (std::uint64_t wanted = kMaxLengthSize + kTrailer;;) {
    const Bytes bytes = view();
    const std::uint64_t left = file.size() - offset;
    if (bytes.size() < std::min(wanted, left)) {
      load(segment, offset, wanted);
      continue;
    }
    std::uint64_t length = 0;
    const auto* data =
        get_uvarint(bytes.data(), bytes.data() + std::min(bytes.size(), kMaxLengthSize), length);
    if (data == nullptr) {
      throw_corrupt("chunk record: bad length", file.name(), offset);
    }
    const std::uint64_t whole = static_cast<std::uint64_t>(data - bytes.data()) + length + kTrailer;
    if (whole > left) {
      throw_corrupt(fmt::format("chunk record: length {} reaches beyond the segment", length),
                    file.name(), offset);
    }
    if (bytes.size() < whole) {
      wanted = whole;
      continue;
    }
    // Records stand back to back: the next one asked for most likely begins behind this one.
    __builtin_prefetch(data + length + kTrailer);
    const bool shortest = data - bytes.data() == 1 || data[-1] != 0;
    return {.encoding = static_cast<Encoding>(*data),
            .min_time = meta.min_time,
            .max_time = meta.max_time,
            .data = Bytes(data + 1, static_cast<std::size_t>(length)),
            .crc = load_be<std::uint32_t>(data + 1 + length),
            .record = shortest ? bytes.first(static_cast<std::size_t>(whole)) : Bytes()};
  }
}

std::uint64_t ChunkStream::take_loaded() {
  const std::uint64_t loaded = loaded_;
  loaded_ = 0;
  return loaded;
}

void check_record_crc(const BlockSource& block, const ChunkView& chunk, std::uint64_t ref) {
  const Bytes summed(chunk.data.data() - 1, chunk.data.size() + 1);
  if (crc32c(summed) != chunk.crc) {
    throw_corrupt("chunk record: checksum mismatch",
                  block.segment(static_cast<std::size_t>(ref >> 32)).name(), ref & 0xffffffffU);
  }
}

}  // namespace strata::tsdb
