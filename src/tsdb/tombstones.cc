#include "tsdb/tombstones.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <tuple>

#include "base/big_endian.h"
#include "base/crc32c.h"
#include "base/error.h"
#include "base/varint.h"

namespace strata::tsdb {
namespace {

constexpr std::uint32_t kMagic = 0x0130BA30;
constexpr std::size_t kHeaderSize = 5;
constexpr std::size_t kCrcSize = 4;
// An entry takes 24 bytes in memory; a file above this is no sane tombstones file.
constexpr std::uint64_t kMaxFileSize = std::uint64_t{64} << 20;

struct Entry {
  std::uint64_t id;
  Interval interval;
};

Buffer load(const ByteSource& file) {
  if (file.size() < kHeaderSize + kCrcSize || file.size() > kMaxFileSize) {
    throw_corrupt(fmt::format("tombstones file of {} bytes", file.size()), file.name(), 0);
  }
  Buffer raw(static_cast<std::size_t>(file.size()));
  file.read_at(0, raw);
  if (load_be<std::uint32_t>(raw.data()) != kMagic) {
    throw_corrupt("not a tombstones file: bad magic number", file.name(), 0);
  }
  const Bytes entries = Bytes(raw).subspan(kHeaderSize, raw.size() - kHeaderSize - kCrcSize);
  if (crc32c(entries) != load_be<std::uint32_t>(raw.data() + raw.size() - kCrcSize)) {
    throw_corrupt("tombstones: checksum mismatch", file.name(), raw.size() - kCrcSize);
  }
  if (raw[4] != 1) {
    throw_corrupt(fmt::format("unknown tombstones format {}", raw[4]), file.name(), 4);
  }
  return raw;
}

std::vector<Entry> parse(const Buffer& raw, const ByteSource& file) {
  std::vector<Entry> entries;
  const std::uint8_t* at = raw.data() + kHeaderSize;
  const std::uint8_t* const end = raw.data() + raw.size() - kCrcSize;
  while (at != end) {
    const auto offset = static_cast<std::uint64_t>(at - raw.data());
    Entry entry{};
    at = get_uvarint(at, end, entry.id);
    at = at == nullptr ? nullptr : get_varint(at, end, entry.interval.min);
    at = at == nullptr ? nullptr : get_varint(at, end, entry.interval.max);
    if (at == nullptr) {
      throw_corrupt("tombstones: truncated entry", file.name(), offset);
    }
    if (entry.interval.max < entry.interval.min) {
      throw_corrupt("tombstones: interval ends before it begins", file.name(), offset);
    }
    entries.push_back(entry);
  }
  return entries;
}

// b begins no later than 1 ms behind a's end.
bool touches(const Interval& a, const Interval& b) {
  return a.max == std::numeric_limits<Timestamp>::max() || b.min <= a.max + 1;
}

}  // namespace

Bytes empty_tombstones() {
  static constexpr std::array<std::uint8_t, kHeaderSize + kCrcSize> kEmpty{
      0x01, 0x30, 0xBA, 0x30, 1, 0, 0, 0, 0};
  return kEmpty;
}

void add_interval(std::vector<Interval>& intervals, Interval added) {
  std::vector<Interval> joined;
  for (const Interval& interval : intervals) {
    if (touches(interval, added) && touches(added, interval)) {
      added = {.min = std::min(added.min, interval.min), .max = std::max(added.max, interval.max)};
    } else {
      joined.push_back(interval);
    }
  }
  const auto at = std::ranges::lower_bound(joined, added.min, {}, &Interval::min);
  joined.insert(at, added);
  intervals.swap(joined);
}

Tombstones Tombstones::read(const ByteSource& file) {
  const Buffer raw = load(file);
  std::vector<Entry> entries = parse(raw, file);
  std::ranges::sort(entries, {}, [](const Entry& e) { return std::tuple(e.id, e.interval.min); });
  Tombstones result;
  for (const Entry& entry : entries) {
    const bool fresh = result.spans_.empty() || result.spans_.back().id != entry.id;
    if (fresh) {
      const std::size_t at = result.intervals_.size();
      result.spans_.push_back({.id = entry.id, .begin = at, .end = at});
    }
    Span& span = result.spans_.back();
    if (span.begin != span.end && touches(result.intervals_.back(), entry.interval)) {
      Timestamp& max = result.intervals_.back().max;
      max = std::max(max, entry.interval.max);
    } else {
      result.intervals_.push_back(entry.interval);
      ++span.end;
    }
  }
  return result;
}

std::span<const Interval> Tombstones::of(std::uint64_t series_id) const {
  const auto at = std::ranges::lower_bound(spans_, series_id, {}, &Span::id);
  if (at == spans_.end() || at->id != series_id) {
    return {};
  }
  return std::span(intervals_).subspan(at->begin, at->end - at->begin);
}

std::vector<std::uint64_t> Tombstones::series() const {
  std::vector<std::uint64_t> ids;
  for (const Span& span : spans_) {
    ids.push_back(span.id);
  }
  return ids;
}

}  // namespace strata::tsdb
