#pragma once

#include <span>

#include "downsample/books.h"
#include "downsample/float_reader.h"
#include "downsample/window.h"
#include "tsdb/chunk/aggregate.h"

namespace strata::downsample {

// Count, sum, min or max of a batch of chunks of k5m on the way to k1h. Owns reusable buffers: one
// per thread and, as results are borrowed, per kind.
class AggregateStream {
 public:
  // A value per window of k1h from the entries of `kind`, the sum of counts and sums, the least of
  // minima, the greatest of maxima; empty if no entry has samples. Borrowed until the next call.
  // Throws corrupt for entries that cannot be decoded or hold histograms.
  tsdb::SampleSpan fold(std::span<const tsdb::AggregateView> batch, tsdb::Aggregate kind);

  // The same for counts, and books the samples that they stand for. Values that are no count (not
  // whole, negative, not a number) stand for none.
  tsdb::SampleSpan fold_counts(std::span<const tsdb::AggregateView> batch, Books& books);

 private:
  void read(std::span<const tsdb::AggregateView> batch, tsdb::Aggregate kind);

  FloatReader reader_;
  tsdb::SampleList samples_;
  tsdb::SampleList windows_;
};

}  // namespace strata::downsample
