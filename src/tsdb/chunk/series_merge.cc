#include "tsdb/chunk/series_merge.h"

#include <algorithm>
#include <deque>

#include "base/error.h"
#include "tsdb/chunk/decode_chunk.h"
#include "tsdb/chunk/reencoder.h"
#include "tsdb/chunk/sample_union.h"
#include "tsdb/chunk/tie_heap.h"

namespace strata::tsdb {

namespace {

// The chunks of one input, or those that an earlier group of overlapping chunks became.
struct ChunkCursor {
  const ChunkView* next;
  const ChunkView* end;
  bool is_input;
};

struct EarlierChunk {
  bool operator()(const ChunkCursor& a, const ChunkCursor& b) const {
    return a.next->min_time != b.next->min_time ? a.next->min_time < b.next->min_time
                                                : a.next->max_time < b.next->max_time;
  }
};

// The encoding does not count: the reference compares without it.
bool is_duplicate(const ChunkView& a, const ChunkView& b) {
  return a.min_time == b.min_time && a.max_time == b.max_time && equal(a.data, b.data);
}

// Whether the chunks of all inputs, one after the other, neither overlap nor go back.
bool is_sequence(std::span<const std::span<const ChunkView>> inputs) {
  const ChunkView* last = nullptr;
  for (const std::span<const ChunkView> input : inputs) {
    for (const ChunkView& chunk : input) {
      if (last != nullptr && chunk.min_time <= last->max_time) {
        return false;
      }
      last = &chunk;
    }
  }
  return true;
}

}  // namespace

struct SeriesMerger::State {
  MergeFunction function;
  TieHeap<ChunkCursor, EarlierChunk> heap;
  std::deque<std::vector<ChunkView>> produced;  // stable: cursors point into them
  std::size_t produced_used = 0;
  std::vector<ChunkView> group;  // overlapping chunks in the order of the merge function

  ChunkDecoder decoder;
  Reencoder reencoder;
  std::deque<SampleColumns> columns;
  std::vector<SampleSpan> spans;
  std::vector<PlainVector<std::uint64_t>> picks;
  SampleList merged;
  SampleList scratch;

  ChunkView take_next(SampleBooks& books);
  void collect_group(ChunkView first, SampleBooks& books);
  void merge_group(ChunkArena& arena, std::vector<ChunkView>& out, SampleBooks& books);
  bool decode_group();
  void name_samples();
};

SeriesMerger::SeriesMerger(MergeFunction function) : state_(std::make_unique<State>()) {
  state_->function = function;
}

SeriesMerger::~SeriesMerger() = default;

void SeriesMerger::merge(std::span<const std::span<const ChunkView>> inputs, ChunkArena& arena,
                         std::vector<ChunkView>& out, SampleBooks& books) {
  if (is_sequence(inputs)) {
    for (const std::span<const ChunkView> input : inputs) {
      for (const ChunkView& chunk : input) {
        const std::uint32_t samples = sample_count(chunk.encoding, chunk.data);
        books.read += samples;
        books.written += samples;
        out.push_back(chunk);
      }
    }
    return;
  }
  State& state = *state_;
  state.heap.clear();
  state.produced_used = 0;
  for (const std::span<const ChunkView> input : inputs) {
    if (!input.empty()) {
      state.heap.push({input.data(), input.data() + input.size(), true});
    }
  }
  while (!state.heap.empty()) {
    const ChunkView first = state.take_next(books);
    if (state.heap.empty() || state.heap.top().next->min_time > first.max_time) {
      books.written += sample_count(first.encoding, first.data);
      out.push_back(first);
      continue;
    }
    state.collect_group(first, books);
    if (state.group.size() == 1) {
      books.written += sample_count(first.encoding, first.data);
      out.push_back(first);
    } else {
      state.merge_group(arena, out, books);
    }
  }
}

ChunkView SeriesMerger::State::take_next(SampleBooks& books) {
  ChunkCursor cursor = heap.pop();
  const ChunkView chunk = *cursor.next;
  if (cursor.is_input) {
    books.read += sample_count(chunk.encoding, chunk.data);
  }
  if (++cursor.next != cursor.end) {
    heap.push(cursor);
  }
  return chunk;
}

// Union: the first chunk comes last, though it starts first. Replicas: it leads.
void SeriesMerger::State::collect_group(ChunkView first, SampleBooks& books) {
  group.clear();
  if (function == MergeFunction::kPenalty) {
    group.push_back(first);
  }
  Timestamp end = first.max_time;
  ChunkView previous = first;
  while (!heap.empty() && heap.top().next->min_time <= end) {
    const ChunkView chunk = take_next(books);
    if (is_duplicate(chunk, previous)) {
      books.duplicates += sample_count(chunk.encoding, chunk.data);
      continue;
    }
    group.push_back(chunk);
    end = std::max(end, chunk.max_time);
    previous = chunk;
  }
  if (function == MergeFunction::kOneToOne) {
    group.push_back(first);
  }
}

// Returns whether everything is floats without start timestamps.
bool SeriesMerger::State::decode_group() {
  bool plain = true;
  while (columns.size() < group.size()) {
    columns.emplace_back();
  }
  spans.clear();
  for (std::size_t i = 0; i < group.size(); ++i) {
    if (group[i].encoding == Encoding::kAggregate) {
      throw_invalid("overlapping downsampled blocks are not merged");
    }
    SampleColumns& samples = columns[i];
    decoder.decode(group[i].encoding, group[i].data, samples);
    plain &= samples.size() == 0 || (samples.type == SampleType::kFloat && !samples.has_starts);
    spans.push_back({samples.times.data(), samples.values.data(), samples.size()});
  }
  return plain;
}

void SeriesMerger::State::name_samples() {
  picks.resize(std::max(picks.size(), group.size()));
  for (std::size_t i = 0; i < group.size(); ++i) {
    picks[i].resize(spans[i].size);
    for (std::size_t k = 0; k < spans[i].size; ++k) {
      picks[i][k] = Reencoder::pick(i, k);
    }
    spans[i].values = picks[i].data();
  }
}

void SeriesMerger::State::merge_group(ChunkArena& arena, std::vector<ChunkView>& out,
                                      SampleBooks& books) {
  const bool plain = decode_group();
  if (!plain) {
    name_samples();
  }
  books.duplicates += function == MergeFunction::kOneToOne ? unite_samples(spans, merged)
                                                           : fold_replicas(spans, merged, scratch);
  if (merged.times.empty()) {
    throw Error(ErrorKind::kCorrupt, "overlapping chunks hold no samples");
  }
  if (produced_used == produced.size()) {
    produced.emplace_back();
  }
  std::vector<ChunkView>& chunks = produced[produced_used++];
  chunks.clear();
  if (plain) {
    Reencoder::encode_floats(merged.span(), arena, chunks);
  } else {
    reencoder.encode(merged.span(), columns, arena, chunks);
  }
  books.written += sample_count(chunks[0].encoding, chunks[0].data);
  out.push_back(chunks[0]);
  if (chunks.size() > 1) {
    heap.push({chunks.data() + 1, chunks.data() + chunks.size(), false});
  }
}

}  // namespace strata::tsdb
