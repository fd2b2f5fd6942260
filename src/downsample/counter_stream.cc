#include "downsample/counter_stream.h"

#include <algorithm>
#include <bit>

#include "downsample/counter.h"
#include "downsample/window_walk.h"

namespace strata::downsample {

using tsdb::Aggregate;

void CounterResets::add_chunk(tsdb::SampleSpan samples) {
  const bool is_first_chunk = chunks_++ == 0;
  for (std::size_t i = 0; i < samples.size; ++i) {
    const Timestamp time = samples.times[i];
    const std::uint64_t bits = samples.values[i];
    if (is_nan_bits(bits) || (started_ && time < last_time_)) {
      continue;
    }
    const auto value = std::bit_cast<double>(bits);
    const auto before = std::bit_cast<double>(last_value_);
    last_value_ = bits;
    bool is_new = true;
    if (!started_) {
      started_ = true;
      total_ = value;
      // The reference takes times up to 0 of later chunks for ones it has seen.
      is_new = is_first_chunk || time > 0;
    } else if (time == last_time_) {
      continue;
    } else {
      total_ += value >= before ? value - before : value;
    }
    last_time_ = time;
    if (is_new) {
      out_.times.push_back(time);
      out_.values.push_back(std::bit_cast<std::uint64_t>(total_));
    }
  }
}

tsdb::SampleSpan CounterStream::fold(std::span<const tsdb::AggregateView> batch) {
  totals_.resize(0);
  windows_.resize(0);
  CounterResets resets(totals_);
  for (const tsdb::AggregateView& chunk : batch) {
    const tsdb::AggregateView::Entry& entry = chunk[Aggregate::kCounter];
    if (entry.is_present()) {
      chunk_.resize(0);
      reader_.append_all(entry.encoding, entry.data, chunk_);
      resets.add_chunk(chunk_.span());
    }
  }
  drop_unusable(totals_, 0);
  const std::size_t count = totals_.times.size();
  if (count == 0) {
    return {};
  }
  windows_.resize(count + 2);
  windows_.times[0] = totals_.times[0];
  windows_.values[0] = totals_.values[0];
  std::size_t used = 1;
  auto before = std::bit_cast<double>(totals_.values[0]);
  double counter = before;
  const auto fold = [&](const Window& window) {
    for (std::size_t i = std::max<std::size_t>(window.from, 1); i < window.to; ++i) {
      const auto value = std::bit_cast<double>(totals_.values[i]);
      counter += increase(before, value);
      before = value;
    }
    windows_.times[used] = window.stamp;
    windows_.values[used] = std::bit_cast<std::uint64_t>(counter);
    ++used;
  };
  for_each_window<k1h>(totals_.times, fold, TimeOrder::kAscending);
  windows_.times[used] = windows_.times[used - 1];
  windows_.values[used] = resets.last_value();
  windows_.resize(used + 1);
  return windows_.span();
}

}  // namespace strata::downsample
