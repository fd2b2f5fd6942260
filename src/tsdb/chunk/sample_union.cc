#include "tsdb/chunk/sample_union.h"

#include <cstring>
#include <limits>

#include "tsdb/chunk/tie_heap.h"

namespace strata::tsdb {

namespace {

constexpr Timestamp kBeforeAll = std::numeric_limits<Timestamp>::min();

// `next` is the sample to be looked at, whether its turn came or it waits in the heap.
struct Cursor {
  const Timestamp* times;
  const std::uint64_t* values;
  std::size_t next;
  std::size_t size;

  explicit Cursor(const SampleSpan& samples)
      : times(samples.times), values(samples.values), next(0), size(samples.size) {}
  bool is_exhausted() const { return next == size; }
  Timestamp time() const { return times[next]; }
};

struct Output {
  Timestamp* times;
  std::uint64_t* values;
  std::size_t size = 0;
  std::size_t skipped = 0;
  Timestamp last = kBeforeAll;

  explicit Output(SampleList& list) : times(list.times.data()), values(list.values.data()) {}

  void take(Cursor& from) {
    last = from.time();
    times[size] = last;
    values[size] = from.values[from.next];
    ++size;
    ++from.next;
  }
  // A second sample of the same time is dropped.
  void take_or_skip(Cursor& from) {
    if (from.time() == last) {
      ++from.next;
      ++skipped;
    } else {
      take(from);
    }
  }
};

inline void take_rest(Cursor& from, Output& out) {
  while (!from.is_exhausted()) {
    out.take_or_skip(from);
  }
}

// Takes from `current` what is earlier than the sample that waits. False when `current` ends first.
inline bool take_until(Cursor& current, const Cursor& waiting, Output& out) {
  const Timestamp limit = waiting.time();
  while (!current.is_exhausted()) {
    const Timestamp time = current.time();
    if (time == out.last) {
      ++current.next;
      ++out.skipped;
    } else if (time < limit) {
      out.take(current);
    } else {
      return true;
    }
  }
  return false;
}

// With two inputs the heap is the one that waits. They change roles by place in the code, so that
// neither is moved. Takes and returns everything by value: what is written to the output's arrays
// might otherwise be its own members.
Output unite_two(Cursor first, Cursor second, Output out) {
  if (second.is_exhausted()) {
    take_rest(first, out);
    return out;
  }
  while (true) {
    if (!take_until(first, second, out)) {
      take_rest(second, out);
      return out;
    }
    out.take_or_skip(second);
    if (!take_until(second, first, out)) {
      take_rest(first, out);
      return out;
    }
    out.take_or_skip(first);
  }
}

struct EarlierSample {
  bool operator()(const Cursor& a, const Cursor& b) const { return a.time() < b.time(); }
};

void unite_many(std::span<const SampleSpan> inputs, Output& out) {
  TieHeap<Cursor, EarlierSample> waiting;
  Cursor current(inputs[0]);
  for (const SampleSpan& input : inputs.subspan(1)) {
    if (input.size != 0) {
      waiting.push(Cursor(input));
    }
  }
  while (!waiting.empty()) {
    if (current.is_exhausted()) {
      current = waiting.pop();
      out.take_or_skip(current);
    } else if (current.time() == out.last) {
      ++current.next;
      ++out.skipped;
    } else if (current.time() < waiting.top().time()) {
      out.take(current);
    } else {
      waiting.push(current);
      current = waiting.pop();
      out.take_or_skip(current);
    }
  }
  take_rest(current, out);
}

}  // namespace

std::size_t unite_samples(std::span<const SampleSpan> inputs, SampleList& list) {
  std::size_t total = 0;
  for (const SampleSpan& input : inputs) {
    total += input.size;
  }
  list.resize(total);
  Output out(list);
  if (inputs.size() == 2) {
    out = unite_two(Cursor(inputs[0]), Cursor(inputs[1]), out);
  } else {
    unite_many(inputs, out);
  }
  list.resize(out.size);
  return out.skipped;
}

}  // namespace strata::tsdb
