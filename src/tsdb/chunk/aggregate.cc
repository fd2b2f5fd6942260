#include "tsdb/chunk/aggregate.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/varint.h"
#include "tsdb/chunk/corrupt_chunk.h"
#include "tsdb/chunk/finish_chunk.h"

namespace strata::tsdb {

namespace {

AggregateView::Entry take_entry(Bytes& rest) {
  std::uint64_t size = 0;
  const std::uint8_t* const end = rest.data() + rest.size();
  const std::uint8_t* const at = get_uvarint(rest.data(), end, size);
  if (at == nullptr) {
    throw_corrupt_chunk(Encoding::kAggregate, "bad length of an entry");
  }
  rest = Bytes(at, end);
  if (size == 0) {
    return {};
  }
  if (rest.size() < 1 || size > rest.size() - 1) {
    throw_corrupt_chunk(Encoding::kAggregate, "an entry is longer than the data");
  }
  const auto encoding = static_cast<Encoding>(rest[0]);
  if (encoding != Encoding::kXor && encoding != Encoding::kHistogram &&
      encoding != Encoding::kFloatHistogram) {
    throw_corrupt_chunk(Encoding::kAggregate,
                        fmt::format("an entry has encoding {}", static_cast<unsigned>(encoding)));
  }
  const AggregateView::Entry entry{encoding, rest.subspan(1, size)};
  rest = rest.subspan(1 + size);
  return entry;
}

std::uint8_t* put_entry(const AggregateView::Entry& entry, std::uint8_t* at) {
  if (!entry.is_present()) {
    *at = 0;
    return at + 1;
  }
  at = put_uvarint(at, entry.data.size());
  *at++ = static_cast<std::uint8_t>(entry.encoding);
  return std::ranges::copy(entry.data, at).out;
}

}  // namespace

ChunkView write_aggregate(const AggregateView& entries, ChunkArena& arena) {
  std::size_t room = 1;
  for (const AggregateView::Entry& entry : entries.entries) {
    room += kMaxVarintSize + 1 + entry.data.size();
  }
  std::uint8_t* const framed = arena.reserve(room);
  std::uint8_t* at = framed;
  *at++ = static_cast<std::uint8_t>(Encoding::kAggregate);
  for (const AggregateView::Entry& entry : entries.entries) {
    at = put_entry(entry, at);
  }
  arena.give_back(room - static_cast<std::size_t>(at - framed));
  return finish_chunk({framed, at}, 0, 0);
}

AggregateView parse_aggregate(Bytes data) {
  AggregateView view;
  for (AggregateView::Entry& entry : view.entries) {
    entry = take_entry(data);
  }
  if (!data.empty()) {
    throw_corrupt_chunk(Encoding::kAggregate, "bytes behind the last entry");
  }
  return view;
}

std::uint32_t aggregate_sample_count(Bytes data) {
  const AggregateView::Entry entry = take_entry(data);
  return entry.is_present() ? sample_count(entry.encoding, entry.data) : 0;
}

}  // namespace strata::tsdb
