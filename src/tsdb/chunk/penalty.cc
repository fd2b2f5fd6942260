#include <limits>
#include <utility>

#include "tsdb/chunk/sample_union.h"

namespace strata::tsdb {

namespace {

constexpr std::uint64_t kFirstPenalty = 5000;  // ms

// One of two replicas. Times are compared as signed numbers but wrap as unsigned ones.
struct Replica {
  const Timestamp* times;
  const std::uint64_t* values;
  std::size_t next = 0;
  std::size_t size;
  std::uint64_t penalty = 0;

  explicit Replica(const SampleSpan& samples)
      : times(samples.times), values(samples.values), size(samples.size) {}
  bool is_alive() const { return next != size; }

  // Returns the number of samples passed.
  std::size_t seek(std::uint64_t last) {
    const auto target = static_cast<Timestamp>(last + 1 + penalty);
    const std::size_t from = next;
    while (next != size && times[next] < target) {
      ++next;
    }
    return next - from;
  }
};

std::size_t fold_two(Replica a, Replica b, SampleList& list) {
  list.resize(a.size + b.size);
  Timestamp* const times = list.times.data();
  std::uint64_t* const values = list.values.data();
  constexpr auto kBeforeAll = static_cast<std::uint64_t>(std::numeric_limits<Timestamp>::min());
  std::uint64_t last = kBeforeAll;
  std::size_t size = 0;
  std::size_t skipped = 0;
  const auto take = [&](Replica& from) {
    times[size] = from.times[from.next];
    values[size] = from.values[from.next];
    last = static_cast<std::uint64_t>(times[size]);
    ++size;
    ++from.next;
    from.penalty = 0;
  };
  const auto choose = [&](Replica& winner, Replica& loser) {
    const auto time = static_cast<std::uint64_t>(winner.times[winner.next]);
    loser.penalty = last == kBeforeAll ? kFirstPenalty : 2 * (time - last);
    take(winner);
  };
  while (true) {
    skipped += a.seek(last);
    skipped += b.seek(last);
    if (!a.is_alive()) {
      if (!b.is_alive()) {
        break;
      }
      take(b);
    } else if (!b.is_alive()) {
      take(a);
    } else if (a.times[a.next] <= b.times[b.next]) {
      choose(a, b);
    } else {
      choose(b, a);
    }
  }
  list.resize(size);
  return skipped;
}

}  // namespace

std::size_t fold_replicas(std::span<const SampleSpan> inputs, SampleList& out,
                          SampleList& scratch) {
  std::size_t skipped = fold_two(Replica(inputs[0]), Replica(inputs[1]), out);
  for (const SampleSpan& input : inputs.subspan(2)) {
    std::swap(out.times, scratch.times);
    std::swap(out.values, scratch.values);
    skipped += fold_two(Replica(scratch.span()), Replica(input), out);
  }
  return skipped;
}

}  // namespace strata::tsdb
