#include "downsample/float_chunk_writer.h"

#include <algorithm>

#include "base/error.h"
#include "tsdb/chunk/corrupt_chunk.h"
#include "tsdb/chunk/xor_encoder.h"

namespace strata::downsample {

namespace {

constexpr auto kCounter = static_cast<std::size_t>(tsdb::Aggregate::kCounter);

// The windows of a stream without what a counter has in front and behind.
tsdb::SampleSpan windows_of(const FloatStreams& streams, std::size_t kind) {
  const tsdb::SampleSpan& stream = streams[kind];
  return kind == kCounter && stream.size != 0 ? stream.part(1, stream.size - 2) : stream;
}

tsdb::SampleSpan longest(const FloatStreams& streams) {
  tsdb::SampleSpan result;
  for (std::size_t kind = 0; kind < streams.size(); ++kind) {
    const tsdb::SampleSpan windows = windows_of(streams, kind);
    if (windows.size > result.size) {
      result = windows;
    }
  }
  return result;
}

bool same_times(tsdb::SampleSpan a, tsdb::SampleSpan b) {
  return std::ranges::equal(std::span(a.times, a.size), std::span(b.times, b.size));
}

}  // namespace

void FloatChunkWriter::write(const FloatStreams& streams, tsdb::ChunkArena& arena,
                             std::vector<tsdb::ChunkView>& out) {
  const auto too_long = [](const tsdb::SampleSpan& stream) {
    return stream.size > tsdb::kMaxXorSamples;
  };
  if (std::ranges::any_of(streams, too_long)) [[unlikely]] {
    write_parts(streams, arena, out);
  } else if (longest(streams).size != 0) {
    write_one(streams, arena, out);
  }
}

void FloatChunkWriter::write_one(const FloatStreams& streams, tsdb::ChunkArena& arena,
                                 std::vector<tsdb::ChunkView>& out) {
  std::size_t room = 0;
  for (const tsdb::SampleSpan& stream : streams) {
    room += tsdb::max_xor_size(stream.size);
  }
  if (encoded_.size() < room) {
    encoded_.resize(room);
  }
  tsdb::AggregateView entries;
  std::uint8_t* at = encoded_.data();
  Timestamp min_time = std::numeric_limits<Timestamp>::max();
  Timestamp max_time = std::numeric_limits<Timestamp>::min();
  for (std::size_t kind = 0; kind < streams.size(); ++kind) {
    if (streams[kind].size == 0) {
      continue;
    }
    std::uint8_t* const end = tsdb::put_xor(streams[kind], at);
    entries.entries[kind] = {.encoding = tsdb::Encoding::kXor, .data = {at, end}};
    at = end;
    const tsdb::SampleSpan windows = windows_of(streams, kind);
    const auto [least, greatest] = std::ranges::minmax(std::span(windows.times, windows.size));
    min_time = std::min(min_time, least);
    max_time = std::max(max_time, greatest);
  }
  tsdb::ChunkView& chunk = out.emplace_back(tsdb::write_aggregate(entries, arena));
  chunk.min_time = min_time;
  chunk.max_time = max_time;
}

// A part's counter goes on from the total where the part before it ended, and ends with it: no
// reset there.
void FloatChunkWriter::write_parts(const FloatStreams& streams, tsdb::ChunkArena& arena,
                                   std::vector<tsdb::ChunkView>& out) {
  constexpr std::size_t kPart = tsdb::kMaxXorSamples - 2;
  const std::size_t size = longest(streams).size;
  for (std::size_t kind = 0; kind < streams.size(); ++kind) {
    if (streams[kind].size != 0 && !same_times(windows_of(streams, kind), longest(streams))) {
      tsdb::throw_corrupt_chunk(tsdb::Encoding::kAggregate,
                                "too many windows to cut between, and their times differ");
    }
  }
  for (std::size_t from = 0; from < size; from += kPart) {
    const std::size_t length = std::min(kPart, size - from);
    FloatStreams part;
    for (std::size_t kind = 0; kind < streams.size(); ++kind) {
      if (streams[kind].size != 0) {
        part[kind] = streams[kind].part(from, kind == kCounter ? length + 2 : length);
      }
    }
    tsdb::SampleSpan& counter = part[kCounter];
    if (counter.size != 0 && from + length < size) {
      counter_.times.assign(counter.times, counter.times + counter.size);
      counter_.values.assign(counter.values, counter.values + counter.size);
      counter_.times.back() = counter_.times[length];
      counter_.values.back() = counter_.values[length];
      counter = counter_.span();
    }
    write_one(part, arena, out);
  }
}

}  // namespace strata::downsample
