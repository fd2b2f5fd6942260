#pragma once

#include <span>

#include "downsample/float_reader.h"
#include "downsample/window.h"
#include "tsdb/chunk/aggregate.h"

namespace strata::downsample {

// Undoes the resets between the counters of neighbouring chunks. A chunk ends its counter with the
// last raw value, at the time of the total before it: what the next chunk starts with is compared
// with that, not with the total.
class CounterResets {
 public:
  explicit CounterResets(tsdb::SampleList& out) : out_(out) {}

  // The samples of the counter of one chunk. Appends totals to `out`, their times ascending.
  void add_chunk(tsdb::SampleSpan samples);

  // The last value, as bits: raw if the last chunk says so.
  std::uint64_t last_value() const { return last_value_; }

 private:
  tsdb::SampleList& out_;
  std::size_t chunks_ = 0;
  bool started_ = false;
  Timestamp last_time_ = 0;
  std::uint64_t last_value_ = 0;
  double total_ = 0;
};

// The counter of a batch of chunks of k5m on the way to k1h. Owns reusable buffers: one per thread.
class CounterStream {
 public:
  // The first sample, a total per window, and once more the last time with the last raw value;
  // empty if no sample is a number. Borrowed until the next call. Throws corrupt for entries that
  // cannot be decoded or hold histograms.
  tsdb::SampleSpan fold(std::span<const tsdb::AggregateView> batch);

 private:
  FloatReader reader_;
  tsdb::SampleList chunk_;
  tsdb::SampleList totals_;
  tsdb::SampleList windows_;
};

}  // namespace strata::downsample
