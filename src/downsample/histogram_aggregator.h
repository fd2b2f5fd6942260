#pragma once

#include <cstdint>
#include <vector>

#include "downsample/float_histogram.h"
#include "tsdb/chunk/histogram_layout.h"
#include "tsdb/chunk/samples.h"

namespace strata::downsample {

inline constexpr std::uint64_t kNoLayout = 0;

// A total that lives on, and a name for its layout: equal names mean equal layouts.
struct RunningHistogram {
  FloatHistogram value;
  std::uint64_t layout_id = kNoLayout;
};

// Aggregates the histograms of one batch: the counter over all of them, corrected for resets, and
// the sum of each window. While samples have buckets that a total has too, which is nearly always,
// they are added by place without a look at spans. Reusable; one per thread.
class HistogramAggregator {
 public:
  struct Streams {
    bool counter = true;
    bool sum = true;
  };

  // `by_place`: false for tests, which compare it with the plain arithmetic.
  explicit HistogramAggregator(bool by_place) : by_place_(by_place) {}

  // A new batch, all of whose histograms have `schema`, or a higher one, which is reduced.
  void start(std::int32_t schema, Streams streams);
  // The samples to come are those of `columns`, which must stay until close() or the end of the
  // batch. Throws corrupt for exponential buckets among custom ones.
  void open(const tsdb::SampleColumns& columns);
  void close();
  void start_window() { window_is_empty_ = true; }
  void add(std::size_t index);

  RunningHistogram& counter() { return counter_; }
  RunningHistogram& sum() { return sum_; }
  // For whoever changes the layout of a total.
  std::uint64_t new_layout_id() { return ++last_layout_id_; }

 private:
  // One histogram in the batch's schema. Its buckets lie in columns, or in buffers of ours.
  struct Row {
    const tsdb::HistogramLayout* layout = nullptr;
    std::uint64_t layout_id = kNoLayout;
    tsdb::ResetHint hint = tsdb::ResetHint::kUnknown;
    double count = 0;
    double zero_count = 0;
    double sum = 0;
    const std::uint64_t* buckets = nullptr;  // float bits
  };

  // Where the buckets of the open layout lie in a total.
  struct Fit {
    std::uint64_t source_id = kNoLayout;
    std::uint64_t target_id = kNoLayout;
    bool has_all = false;
    bool in_order = false;                 // place by place
    std::vector<std::uint32_t> places[2];  // by Sign
  };

  void set_layout(const tsdb::HistogramLayout& layout);
  Row row(std::size_t index);
  bool counts_as_reset(const Row& now, std::size_t index);
  bool fell(const Row& now) const;
  void add_increase(const Row& now);
  void add_to(RunningHistogram& total, Fit& fit, const Row& now);
  bool fits(Fit& fit, const RunningHistogram& total);
  void find_places(Fit& fit, const tsdb::HistogramLayout& target) const;
  void note_change(RunningHistogram& total);
  static void assign(RunningHistogram& to, const Row& row);

  const bool by_place_;
  std::int32_t schema_ = 0;
  Streams streams_;
  bool batch_is_empty_ = true;
  bool window_is_empty_ = true;

  const tsdb::SampleColumns* columns_ = nullptr;
  bool reduced_ = false;  // the open columns have a higher schema
  bool simple_ = false;   // no bucket of the open layout needs more than to be added
  tsdb::HistogramLayout layout_;
  std::uint64_t layout_id_ = kNoLayout;
  std::uint64_t last_layout_id_ = kNoLayout;
  tsdb::WideningPlaces widening_;
  tsdb::PlainVector<std::uint64_t> reduced_rows_[2];  // in turns: that of the previous stays
  unsigned turn_ = 0;

  Row previous_;
  tsdb::HistogramLayout previous_layout_;
  tsdb::PlainVector<std::uint64_t> previous_buckets_;

  RunningHistogram counter_;
  RunningHistogram sum_;
  Fit counter_fit_;
  Fit sum_fit_;
  RunningHistogram now_scratch_;
  RunningHistogram previous_scratch_;
};

}  // namespace strata::downsample
