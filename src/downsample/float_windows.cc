#include "downsample/float_windows.h"

#include <bit>
#include <limits>

#include "downsample/counter.h"
#include "downsample/window_walk.h"

namespace strata::downsample {

namespace {

std::uint64_t bits(double value) {
  return std::bit_cast<std::uint64_t>(value);
}

}  // namespace

void FloatWindows::aggregate(tsdb::SampleSpan samples) {
  // No more windows than samples.
  times_.resize(samples.size + 2);
  for (tsdb::PlainVector<std::uint64_t>& values : values_) {
    values.resize(samples.size + 2);
  }
  auto& [counts, sums, minima, maxima, counters] = values_;
  times_[0] = samples.times[0];
  counters[0] = samples.values[0];
  std::size_t window = 0;
  Counter counter;
  for_each_window<k5m>({samples.times, samples.size}, [&](const Window& at) {
    double sum = 0;
    double min = std::numeric_limits<double>::max();
    double max = std::numeric_limits<double>::lowest();
    for (std::size_t i = at.from; i < at.to; ++i) {
      const auto value = std::bit_cast<double>(samples.values[i]);
      counter.add(value);
      sum += value;
      min = value < min ? value : min;
      max = value > max ? value : max;
    }
    counts[window] = bits(static_cast<double>(at.to - at.from));
    sums[window] = bits(sum);
    minima[window] = bits(min);
    maxima[window] = bits(max);
    ++window;
    times_[window] = at.stamp;
    counters[window] = bits(counter.total());
  });
  times_[window + 1] = times_[window];
  counters[window + 1] = samples.values[samples.size - 1];
  count_ = window;
}

FloatStreams FloatWindows::streams() const {
  FloatStreams result;
  for (std::size_t kind = 0; kind < result.size(); ++kind) {
    result[kind] = {times_.data() + 1, values_[kind].data(), count_};
  }
  result[static_cast<std::size_t>(tsdb::Aggregate::kCounter)] = {
      times_.data(), values_[static_cast<std::size_t>(tsdb::Aggregate::kCounter)].data(),
      count_ + 2};
  return result;
}

std::uint64_t FloatWindows::samples() const {
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < count_; ++i) {
    total += static_cast<std::uint64_t>(std::bit_cast<double>(values_[0][i]));
  }
  return total;
}

}  // namespace strata::downsample
