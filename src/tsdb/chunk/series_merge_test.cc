#include "tsdb/chunk/series_merge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <random>
#include <set>

#include "base/crc32c.h"
#include "base/error.h"
#include "tsdb/chunk/decode_chunk.h"
#include "tsdb/chunk/testing/vectors.h"

namespace strata::tsdb {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

using Samples = std::vector<std::pair<Timestamp, std::uint64_t>>;
using Bag = std::vector<Samples>;

constexpr Timestamp kBeforeAll = std::numeric_limits<Timestamp>::min();

SampleList list_of(const Samples& samples) {
  SampleList list;
  for (const auto& [time, value] : samples) {
    list.times.push_back(time);
    list.values.push_back(value);
  }
  return list;
}

Samples samples_of(const SampleList& list) {
  Samples samples;
  for (std::size_t i = 0; i < list.times.size(); ++i) {
    samples.emplace_back(list.times[i], list.values[i]);
  }
  return samples;
}

// The rules word by word, on lists whose first element is the present sample: `waiting` is an array
// heap.
class SlowUnion {
 public:
  explicit SlowUnion(Bag inputs) : inputs_(std::move(inputs)), at_(inputs_.size(), 0) {}

  Samples run() {
    for (std::size_t i = 1; i < inputs_.size(); ++i) {
      if (!inputs_[i].empty()) {
        push(i);
      }
    }
    std::size_t current = 0;
    bool started = false;
    while (true) {
      if (started) {
        ++at_[current];
      }
      started = true;
      const bool alive = at_[current] < inputs_[current].size();
      if (!alive && waiting_.empty()) {
        return out_;
      }
      if (alive) {
        if (time(current) == last_) {
          continue;
        }
        if (waiting_.empty() || time(current) < time(waiting_[0])) {
          emit(current);
          continue;
        }
        push(current);
      }
      current = pop();
      if (time(current) != last_) {
        emit(current);
      }
    }
  }

 private:
  Timestamp time(std::size_t i) const { return inputs_[i][at_[i]].first; }
  void emit(std::size_t i) {
    out_.push_back(inputs_[i][at_[i]]);
    last_ = time(i);
  }
  void push(std::size_t i) {
    waiting_.push_back(i);
    std::size_t k = waiting_.size() - 1;
    while (k > 0 && time(waiting_[k]) < time(waiting_[(k - 1) / 2])) {
      std::swap(waiting_[k], waiting_[(k - 1) / 2]);
      k = (k - 1) / 2;
    }
  }
  std::size_t pop() {
    std::swap(waiting_.front(), waiting_.back());
    const std::size_t result = waiting_.back();
    waiting_.pop_back();
    std::size_t k = 0;
    while (2 * k + 1 < waiting_.size()) {
      std::size_t child = 2 * k + 1;
      if (child + 1 < waiting_.size() && time(waiting_[child + 1]) < time(waiting_[child])) {
        ++child;
      }
      if (time(waiting_[child]) >= time(waiting_[k])) {
        break;
      }
      std::swap(waiting_[child], waiting_[k]);
      k = child;
    }
    return result;
  }

  Bag inputs_;
  std::vector<std::size_t> at_;
  std::vector<std::size_t> waiting_;
  Samples out_;
  Timestamp last_ = kBeforeAll;
};

Samples slow_fold(Samples a, Samples b) {
  Samples out;
  Timestamp last = kBeforeAll;
  Timestamp penalty_a = 0;
  Timestamp penalty_b = 0;
  const auto seek = [](Samples& samples, Timestamp target) {
    const auto from =
        std::ranges::find_if(samples, [&](const auto& s) { return s.first >= target; });
    samples.erase(samples.begin(), from);
  };
  while (true) {
    seek(a, last + 1 + penalty_a);
    seek(b, last + 1 + penalty_b);
    if (a.empty() && b.empty()) {
      return out;
    }
    const bool take_a = b.empty() || (!a.empty() && a[0].first <= b[0].first);
    const auto chosen = take_a ? a[0] : b[0];
    if (!a.empty() && !b.empty()) {
      const Timestamp penalty = last == kBeforeAll ? 5000 : 2 * (chosen.first - last);
      penalty_a = take_a ? 0 : penalty;
      penalty_b = take_a ? penalty : 0;
    } else {
      (take_a ? penalty_a : penalty_b) = 0;
    }
    last = chosen.first;
    out.push_back(chosen);
  }
}

Bag random_bag(std::mt19937_64& random) {
  Bag bag(2 + random() % 4);
  const Timestamp step = std::array<Timestamp, 3>{1, 10, 15000}[random() % 3];
  std::uint64_t id = 0;
  for (Samples& samples : bag) {
    Timestamp time = static_cast<Timestamp>(random() % 5) * step;
    for (std::size_t i = random() % 60; i > 0; --i) {
      samples.emplace_back(time, ++id);
      time += static_cast<Timestamp>(1 + random() % 3) * step;
    }
  }
  return bag;
}

std::vector<SampleSpan> spans_of(const std::vector<SampleList>& lists) {
  std::vector<SampleSpan> spans;
  for (const SampleList& list : lists) {
    spans.push_back(list.span());
  }
  return spans;
}

std::vector<SampleList> lists_of(const Bag& bag) {
  std::vector<SampleList> lists;
  for (const Samples& samples : bag) {
    lists.push_back(list_of(samples));
  }
  return lists;
}

std::size_t total(const Bag& bag) {
  std::size_t sum = 0;
  for (const Samples& samples : bag) {
    sum += samples.size();
  }
  return sum;
}

TEST(SampleUnion, IsThatOfTheRulesWordByWord) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    const Bag bag = random_bag(random);
    const std::vector<SampleList> lists = lists_of(bag);
    SampleList out;
    const std::size_t skipped = unite_samples(spans_of(lists), out);
    EXPECT_EQ(samples_of(out), SlowUnion(bag).run());
    EXPECT_EQ(skipped + out.times.size(), total(bag));
    std::set<Timestamp> times;
    for (const Samples& samples : bag) {
      for (const auto& [time, value] : samples) {
        times.insert(time);
      }
    }
    EXPECT_TRUE(std::ranges::equal(times, out.times)) << "every time once";
  }
}

TEST(SampleUnion, OfUnorderedSamplesIsStillThatOfTheRules) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    Bag bag = random_bag(random);
    for (Samples& samples : bag) {
      for (std::size_t i = 1; i < samples.size(); ++i) {
        if (random() % 8 == 0) {
          std::swap(samples[i], samples[random() % i]);
        }
      }
    }
    const std::vector<SampleList> lists = lists_of(bag);
    SampleList out;
    unite_samples(spans_of(lists), out);
    EXPECT_EQ(samples_of(out), SlowUnion(bag).run());
  }
}

TEST(ReplicaFold, IsThatOfTheRulesWordByWord) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    const Bag bag = random_bag(random);
    const std::vector<SampleList> lists = lists_of(bag);
    SampleList out;
    SampleList scratch;
    const std::size_t skipped = fold_replicas(spans_of(lists), out, scratch);
    Samples want = bag[0];
    for (std::size_t i = 1; i < bag.size(); ++i) {
      want = slow_fold(want, bag[i]);
    }
    EXPECT_EQ(samples_of(out), want);
    EXPECT_EQ(skipped + out.times.size(), total(bag));
  }
}

// A float chunk with `count` samples from `start` on.
ChunkView float_chunk(ChunkArena& arena, Timestamp start, Timestamp step, std::size_t count,
                      double value = 1) {
  SampleList samples;
  for (std::size_t i = 0; i < count; ++i) {
    samples.times.push_back(start + static_cast<Timestamp>(i) * step);
    samples.values.push_back(std::bit_cast<std::uint64_t>(value + static_cast<double>(i)));
  }
  return encode_xor(samples.span(), arena);
}

ChunkView histogram_chunk(ChunkArena& arena, std::deque<testing::OwnedChunk>& keep,
                          Timestamp time) {
  // One empty histogram at time 0, moved to `time`.
  SampleColumns samples;
  ChunkDecoder decoder;
  decoder.decode(Encoding::kHistogram, testing::from_hex("00010000000000000000000000"), samples);
  samples.times[0] = time;
  HistogramAppender appender;
  appender.open(Encoding::kHistogram, ResetHeader::kUnknown);
  appender.append(samples, 0);
  const ChunkView chunk = appender.finish(arena);
  keep.push_back(
      testing::own_chunk(chunk.encoding, Buffer(chunk.data.begin(), chunk.data.end()), time, time));
  return keep.back().view;
}

struct Merged {
  std::vector<ChunkView> chunks;
  SampleBooks books;
};

Merged merge(MergeFunction function, const std::vector<std::vector<ChunkView>>& lists,
             ChunkArena& arena) {
  const std::vector<std::span<const ChunkView>> inputs(lists.begin(), lists.end());
  Merged merged;
  SeriesMerger(function).merge(inputs, arena, merged.chunks, merged.books);
  EXPECT_EQ(merged.books.read, merged.books.written + merged.books.duplicates);
  return merged;
}

TEST(SeriesMerger, PassesChunksThatDoNotOverlapThroughUntouched) {
  ChunkArena arena;
  const ChunkView a = float_chunk(arena, 0, 10, 5);
  const ChunkView b = float_chunk(arena, 100, 10, 5);
  ChunkArena fresh;
  const Merged merged = merge(MergeFunction::kOneToOne, {{b}, {a}}, fresh);
  ASSERT_EQ(merged.chunks.size(), 2u);
  EXPECT_EQ(merged.chunks[0].data.data(), a.data.data());
  EXPECT_EQ(merged.chunks[1].data.data(), b.data.data());
  EXPECT_EQ(fresh.bytes(), 0u);
}

TEST(SeriesMerger, DropsAChunkThatRepeatsTheOneBefore) {
  ChunkArena arena;
  const ChunkView a = float_chunk(arena, 0, 10, 5);
  const ChunkView same = float_chunk(arena, 0, 10, 5);
  const Merged merged = merge(MergeFunction::kOneToOne, {{a}, {same}}, arena);
  ASSERT_EQ(merged.chunks.size(), 1u);
  EXPECT_EQ(merged.chunks[0].data.data(), a.data.data());
  EXPECT_EQ(merged.books.duplicates, 5u);
}

TEST(SeriesMerger, JoinsChunksThatTouchAndCutsAt120) {
  ChunkArena arena;
  const ChunkView a = float_chunk(arena, 0, 10, 100);
  const ChunkView b = float_chunk(arena, 990, 10, 100);
  const Merged merged = merge(MergeFunction::kOneToOne, {{a, b}, {}}, arena);
  ASSERT_EQ(merged.chunks.size(), 2u);
  EXPECT_EQ(sample_count(Encoding::kXor, merged.chunks[0].data), 120u);
  EXPECT_EQ(sample_count(Encoding::kXor, merged.chunks[1].data), 79u);
  EXPECT_EQ(merged.books.duplicates, 1u);
}

TEST(SeriesMerger, KeepsSamplesOfEveryTypeInAPenaltyMerge) {
  ChunkArena arena;
  std::deque<testing::OwnedChunk> keep;
  const ChunkView floats = float_chunk(arena, 0, 10000, 3);
  const ChunkView late = histogram_chunk(arena, keep, 20000);
  const ChunkView beyond = histogram_chunk(arena, keep, 500000);
  const Merged merged = merge(MergeFunction::kPenalty, {{floats}, {late, beyond}}, arena);
  ASSERT_EQ(merged.chunks.size(), 2u);
  EXPECT_EQ(merged.chunks[0].encoding, Encoding::kXor);
  EXPECT_EQ(merged.chunks[1].encoding, Encoding::kHistogram);
  EXPECT_EQ(merged.chunks[1].min_time, 500000);
}

TEST(SeriesMerger, KeepsAHistogramThatOutlivesTheFloatsItOverlaps) {
  ChunkArena arena;
  std::deque<testing::OwnedChunk> keep;
  const ChunkView floats = float_chunk(arena, 0, 10000, 3);
  const ChunkView histogram = histogram_chunk(arena, keep, 5000);
  const ChunkView more = float_chunk(arena, 5000, 10000, 30);
  const Merged one_to_one = merge(MergeFunction::kOneToOne, {{floats}, {histogram}}, arena);
  ASSERT_EQ(one_to_one.chunks.size(), 3u) << "float, histogram, floats";
  const Merged penalty = merge(MergeFunction::kPenalty, {{histogram}, {more}}, arena);
  ASSERT_EQ(penalty.chunks.size(), 2u);
  EXPECT_EQ(penalty.chunks[0].encoding, Encoding::kHistogram);
  EXPECT_EQ(penalty.chunks[1].encoding, Encoding::kXor);
}

TEST(SeriesMerger, LeavesOutChunksWithoutSamples) {
  ChunkArena arena;
  const ChunkView floats = float_chunk(arena, 0, 10, 3);
  const std::uint8_t nothing[] = {0, 0};
  const ChunkView empty{.encoding = Encoding::kXor, .min_time = 0, .max_time = 20, .data = nothing};
  for (const MergeFunction function : {MergeFunction::kOneToOne, MergeFunction::kPenalty}) {
    const Merged merged = merge(function, {{floats}, {empty}}, arena);
    ASSERT_EQ(merged.chunks.size(), 1u);
    EXPECT_TRUE(equal(merged.chunks[0].data, floats.data));
    const ChunkView wider{
        .encoding = Encoding::kXor, .min_time = 0, .max_time = 30, .data = nothing};
    EXPECT_THROW(merge(function, {{empty}, {wider}}, arena), Error);
  }
}

TEST(SeriesMerger, RefusesOverlapsThatItCannotMerge) {
  ChunkArena arena;
  const ChunkView floats = float_chunk(arena, 0, 10, 3);
  const std::uint8_t five_absent[] = {0, 0, 0, 0, 0};
  const ChunkView aggregate{
      .encoding = Encoding::kAggregate, .min_time = 0, .max_time = 5, .data = five_absent};
  EXPECT_THAT([&] { merge(MergeFunction::kOneToOne, {{floats}, {aggregate}}, arena); },
              ThrowsMessage<Error>(HasSubstr("overlapping downsampled blocks are not merged")));
  ChunkView unknown = floats;
  unknown.encoding = static_cast<Encoding>(77);
  unknown.max_time = 10;
  EXPECT_THAT([&] { merge(MergeFunction::kPenalty, {{floats}, {unknown}}, arena); },
              ThrowsMessage<Error>(HasSubstr("unknown chunk encoding 77")));
}

TEST(SeriesMerger, WritesStartTimestampsOnceTheyAppear) {
  ChunkArena arena;
  Xor2Encoder encoder;
  for (Timestamp time = 5; time < 100; time += 10) {
    encoder.append(time, 1, time < 50 ? 0 : 3);
  }
  const ChunkView with = encoder.finish(arena);
  const ChunkView without = float_chunk(arena, 0, 10, 10);
  const Merged merged = merge(MergeFunction::kOneToOne, {{without}, {with}}, arena);
  ASSERT_EQ(merged.chunks.size(), 2u);
  EXPECT_EQ(merged.chunks[0].encoding, Encoding::kXor);
  EXPECT_EQ(merged.chunks[0].max_time, 50);
  EXPECT_EQ(merged.chunks[1].encoding, Encoding::kXor2) << "and stays so when they are gone";
  EXPECT_EQ(sample_count(Encoding::kXor2, merged.chunks[1].data), 9u);
}

TEST(SeriesMerger, OutputVerifies) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    ChunkArena arena;
    std::vector<std::vector<ChunkView>> inputs(2 + random() % 3);
    for (std::vector<ChunkView>& input : inputs) {
      auto time = static_cast<Timestamp>(random() % 2000);
      for (std::size_t i = random() % 6; i > 0; --i) {
        input.push_back(float_chunk(arena, time, 10 + static_cast<Timestamp>(random() % 3),
                                    1 + random() % 150, static_cast<double>(random() % 9)));
        time = input.back().max_time + 1 + static_cast<Timestamp>(random() % 500);
      }
    }
    for (const MergeFunction function : {MergeFunction::kOneToOne, MergeFunction::kPenalty}) {
      const Merged merged = merge(function, inputs, arena);
      for (std::size_t i = 0; i < merged.chunks.size(); ++i) {
        EXPECT_NO_THROW(verify_chunk(merged.chunks[i]));
        EXPECT_TRUE(i == 0 || merged.chunks[i - 1].max_time < merged.chunks[i].min_time);
        const std::uint8_t encoding = static_cast<std::uint8_t>(merged.chunks[i].encoding);
        EXPECT_EQ(merged.chunks[i].crc,
                  crc32c_extend(crc32c({&encoding, 1}), merged.chunks[i].data));
      }
    }
  }
}

TEST(TrimChunk, RefusesAggregates) {
  ChunkArena arena;
  std::vector<ChunkView> out;
  SampleBooks books;
  EXPECT_THROW(trim_chunk({.encoding = Encoding::kAggregate, .data = {}}, {}, arena, out, books),
               Error);
}

TEST(TrimChunk, LeavesNothingOfAChunkThatIsDroppedWhole) {
  ChunkArena arena;
  const ChunkView chunk = float_chunk(arena, 0, 10, 5);
  std::vector<ChunkView> out;
  SampleBooks books;
  const Interval drop[] = {{0, 25}, {30, 100}};
  trim_chunk(chunk, drop, arena, out, books);
  EXPECT_TRUE(out.empty());
  EXPECT_EQ(books.outside, 5u);
  EXPECT_EQ(books.read, 5u);
}

TEST(TrimChunk, FailsWhereAGaugeChunkHasAStaleSample) {
  for (const testing::EncodeVector& vector : testing::encode_vectors(STRATA_TEST_DATA)) {
    if (vector.name != "hist-gauge-then-stale-unknown-hint") {
      continue;
    }
    // Two gauges and a stale sample in one chunk, as a head block writes them.
    HistogramAppender appender;
    appender.open(Encoding::kHistogram, ResetHeader::kGauge);
    for (std::size_t i = 0; i < 3; ++i) {
      appender.append(vector.samples[i], 0);
    }
    ChunkArena arena;
    const ChunkView chunk = appender.finish(arena);
    std::vector<ChunkView> out;
    SampleBooks books;
    const Interval drop[] = {{chunk.min_time, chunk.min_time}};
    EXPECT_THROW(trim_chunk(chunk, drop, arena, out, books), Error);
    return;
  }
  FAIL() << "the vector is gone";
}

TEST(TrimChunk, KeepsTheEncodingAndStartTimestamps) {
  ChunkArena arena;
  Xor2Encoder encoder;
  for (Timestamp time = 0; time < 100; time += 10) {
    encoder.append(time, 7, time / 2);
  }
  const ChunkView chunk = encoder.finish(arena);
  std::vector<ChunkView> out;
  SampleBooks books;
  const Interval drop[] = {{0, 35}};
  trim_chunk(chunk, drop, arena, out, books);
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].encoding, Encoding::kXor2);
  const std::vector<testing::PlainSample> left = testing::decode_plain(out[0]);
  ASSERT_EQ(left.size(), 6u);
  EXPECT_EQ(left[0].time, 40);
  EXPECT_EQ(left[0].start, 20);
  EXPECT_EQ(out[0].min_time, 40);
}

}  // namespace
}  // namespace strata::tsdb
