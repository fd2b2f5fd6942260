#include "downsample/aggregate_stream.h"

#include <bit>
#include <limits>

#include "downsample/window_walk.h"

namespace strata::downsample {

namespace {

using tsdb::Aggregate;

double as_double(std::uint64_t bits) {
  return std::bit_cast<double>(bits);
}

struct Sum {
  static constexpr double kStart = 0;
  static double fold(double sum, double value) { return sum + value; }
};

struct Min {
  static constexpr double kStart = std::numeric_limits<double>::max();
  static double fold(double min, double value) { return value < min ? value : min; }
};

struct Max {
  static constexpr double kStart = std::numeric_limits<double>::lowest();
  static double fold(double max, double value) { return value > max ? value : max; }
};

template <class Fold>
void fold_windows(const tsdb::SampleList& in, tsdb::SampleList& out) {
  // No more windows than samples.
  out.resize(in.times.size());
  const std::uint64_t* const values = in.values.data();
  std::size_t count = 0;
  for_each_window<k1h>(in.times, [&](const Window& window) {
    double folded = Fold::kStart;
    for (std::size_t i = window.from; i < window.to; ++i) {
      folded = Fold::fold(folded, as_double(values[i]));
    }
    out.times[count] = window.stamp;
    out.values[count] = std::bit_cast<std::uint64_t>(folded);
    ++count;
  });
  out.resize(count);
}

// The samples that counts stand for.
struct CountTotal {
  std::uint64_t samples = 0;
  bool is_exact = true;  // all were counts, and adding them loses nothing

  void add(std::span<const std::uint64_t> values) {
    constexpr double kLimit = 0x1p53;
    for (const std::uint64_t bits : values) {
      const double value = as_double(bits);
      if (!(value >= 0 && value <= kLimit)) {
        is_exact = false;
        continue;
      }
      const auto whole = static_cast<std::uint64_t>(value);
      if (static_cast<double>(whole) != value) {
        is_exact = false;
        continue;
      }
      samples += whole;
    }
  }
};

}  // namespace

void AggregateStream::read(std::span<const tsdb::AggregateView> batch, Aggregate kind) {
  samples_.resize(0);
  for (const tsdb::AggregateView& chunk : batch) {
    const tsdb::AggregateView::Entry& entry = chunk[kind];
    if (entry.is_present()) {
      reader_.append(entry.encoding, entry.data, samples_);
    }
  }
}

tsdb::SampleSpan AggregateStream::fold(std::span<const tsdb::AggregateView> batch, Aggregate kind) {
  read(batch, kind);
  switch (kind) {
    case Aggregate::kMin:
      fold_windows<Min>(samples_, windows_);
      break;
    case Aggregate::kMax:
      fold_windows<Max>(samples_, windows_);
      break;
    default:
      fold_windows<Sum>(samples_, windows_);
      break;
  }
  return windows_.span();
}

tsdb::SampleSpan AggregateStream::fold_counts(std::span<const tsdb::AggregateView> batch,
                                              Books& books) {
  CountTotal read;
  CountTotal dropped;
  samples_.resize(0);
  for (const tsdb::AggregateView& chunk : batch) {
    const tsdb::AggregateView::Entry& entry = chunk[Aggregate::kCount];
    if (!entry.is_present()) {
      continue;
    }
    const std::size_t before = samples_.times.size();
    reader_.append_all(entry.encoding, entry.data, samples_);
    CountTotal all;
    all.add(std::span(samples_.values).subspan(before));
    const FloatReader::Seen seen = drop_unusable(samples_, before);
    read.samples += all.samples;
    read.is_exact = read.is_exact && all.is_exact;
    if (seen.out_of_order != 0) {
      CountTotal kept;
      kept.add(std::span(samples_.values).subspan(before));
      dropped.samples += all.samples - kept.samples;
    }
  }
  fold_windows<Sum>(samples_, windows_);
  CountTotal written;
  written.add(windows_.values);
  books.read += read.samples;
  books.out_of_order += dropped.samples;
  books.aggregated +=
      read.is_exact && written.is_exact ? written.samples : read.samples - dropped.samples;
  return windows_.span();
}

}  // namespace strata::downsample
