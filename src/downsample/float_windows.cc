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

struct Fold {
  double sum = 0;
  double min = std::numeric_limits<double>::max();
  double max = std::numeric_limits<double>::lowest();
  double counter = 0;

  void add(double value, double increase) {
    counter += increase;
    sum += value;
    min = value < min ? value : min;
    max = value > max ? value : max;
  }
};

// The sums are chains of additions in the order of samples: all that can be done is to keep other
// work out of their way.
Fold fold_window(const std::uint64_t* values, const Window& window, double counter) {
  Fold fold{.counter = counter};
  std::size_t i = window.from;
  if (i == 0) {
    const auto first = std::bit_cast<double>(values[0]);
    fold.add(first, 0);
    fold.counter = first;
    i = 1;
  }
  for (; i + 2 <= window.to; i += 2) {
    const Pair added = increases(values + i);
    fold.add(std::bit_cast<double>(values[i]), added[0]);
    fold.add(std::bit_cast<double>(values[i + 1]), added[1]);
  }
  if (i < window.to) {
    const auto value = std::bit_cast<double>(values[i]);
    fold.add(value, increase(std::bit_cast<double>(values[i - 1]), value));
  }
  return fold;
}

}  // namespace

void FloatWindows::aggregate(tsdb::SampleSpan samples, TimeOrder order) {
  // No more windows than samples.
  times_.resize(samples.size + 2);
  for (tsdb::PlainVector<std::uint64_t>& values : values_) {
    values.resize(samples.size + 2);
  }
  auto& [counts, sums, minima, maxima, counters] = values_;
  times_[0] = samples.times[0];
  counters[0] = samples.values[0];
  std::size_t window = 0;
  double counter = 0;
  const auto add_window = [&](const Window& at) {
    const Fold fold = fold_window(samples.values, at, counter);
    counter = fold.counter;
    counts[window] = bits(static_cast<double>(at.to - at.from));
    sums[window] = bits(fold.sum);
    minima[window] = bits(fold.min);
    maxima[window] = bits(fold.max);
    ++window;
    times_[window] = at.stamp;
    counters[window] = bits(counter);
  };
  for_each_window<k5m>({samples.times, samples.size}, add_window, order);
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
