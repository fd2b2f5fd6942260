#include "generate/signal.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "generate/random.h"

namespace strata::generate {
namespace {

constexpr std::int64_t kHour = 3'600'000;
constexpr std::int64_t kDay = 24 * kHour;
constexpr std::int64_t kKnot = 1'800'000;  // between the corners of a gauge's curve
constexpr double kCounterNoise = 0.3;      // of one interval's events; below the least busy hour's

// How busy each hour of a day is.
constexpr std::array<double, 24> kBusy = {4,  3,  3,  3,  3,  4,  6,  9,  12, 14, 15, 15,
                                          14, 14, 15, 15, 14, 13, 12, 11, 9,  8,  6,  5};

struct Day {
  std::array<double, 24> pace{};     // 1 on average
  std::array<double, 24> elapsed{};  // busy seconds before each hour
};

constexpr Day make_day() {
  double sum = 0;
  for (const double busy : kBusy) {
    sum += busy;
  }
  Day day;
  double elapsed = 0;
  for (std::size_t hour = 0; hour < 24; ++hour) {
    day.pace[hour] = kBusy[hour] * 24 / sum;
    day.elapsed[hour] = elapsed;
    elapsed += day.pace[hour] * 3600;
  }
  return day;
}

constexpr Day kDayCurve = make_day();

std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

std::size_t hour_of(Timestamp at) {
  return static_cast<std::size_t>(floor_divide(at, kHour) - floor_divide(at, kDay) * 24);
}

// Seconds of average activity since 1970.
double busy_seconds(Timestamp at) {
  const std::int64_t day = floor_divide(at, kDay);
  const std::size_t hour = hour_of(at);
  const auto into_hour =
      static_cast<double>(at - day * kDay) / 1000 - 3600.0 * static_cast<double>(hour);
  return static_cast<double>(day) * 86'400 + kDayCurve.elapsed[hour] +
         kDayCurve.pace[hour] * into_hour;
}

// Events per second: three in ten things never happen, the rest spreads over five decades.
double event_rate(std::uint64_t key) {
  constexpr std::array<double, 10> kDecades = {0, 0, 0, 0.001, 0.01, 0.1, 1, 1, 10, 50};
  const double decade = kDecades[key % kDecades.size()];
  return decade * (1 + 9 * to_unit(mix(key)));
}

enum class Rounding { kNone, kWhole, kHundredths, kPages };

template <Rounding kRounding>
double round_down(double x) {
  if constexpr (kRounding == Rounding::kWhole) {
    return static_cast<double>(static_cast<std::int64_t>(x));
  } else if constexpr (kRounding == Rounding::kHundredths) {
    return static_cast<double>(static_cast<std::int64_t>(x * 100)) / 100;
  } else if constexpr (kRounding == Rounding::kPages) {
    return static_cast<double>(static_cast<std::int64_t>(x) & ~std::int64_t{4095});
  } else {
    return x;
  }
}

struct Noise {
  std::uint64_t key;  // of the first value
  double size;
};

struct Slope {
  double at_zero;
  double step;
  double steps;  // before the first value
};

template <Rounding kRounding>
void fill_values(Slope slope, Noise noise, std::span<double> out) {
  for (double& value : out) {
    const double x =
        slope.at_zero + slope.step * slope.steps + noise.size * to_unit(mix(noise.key));
    value = round_down<kRounding>(std::max(0.0, x));
    noise.key += kGolden;
    slope.steps += 1;
  }
}

}  // namespace

Scrapes::Scrapes(const FleetOptions& options, std::size_t replica, std::uint64_t slot)
    : interval_(options.interval_ms),
      offset_(static_cast<std::int64_t>(mix(options.seed, slot, std::uint64_t{77}) %
                                        static_cast<std::uint64_t>(options.interval_ms))),
      replica_offset_(static_cast<std::int64_t>(replica) * options.replica_offset_ms),
      jitter_begin_(mix(options.seed, slot, std::uint64_t{78})),
      jitter_(jitter_table(options.interval_ms)) {}

// Most scrapes start on time; a few are some milliseconds off.
const std::int8_t* Scrapes::jitter_table(std::int64_t interval) {
  using Table = std::array<std::int8_t, kJitterSize>;
  static constexpr Table kNone{};
  static const Table kSome = [] {
    Table table{};
    Random random(0x6a69);
    for (auto& entry : table) {
      entry = static_cast<std::int8_t>(random.chance(0.05) ? random.between(-4, 9) : 0);
    }
    return table;
  }();
  return interval >= 100 ? kSome.data() : kNone.data();
}

std::int64_t Scrapes::first_from(Timestamp time) const {
  std::int64_t scrape = floor_divide(time - offset_ - replica_offset_, interval_) - 1;
  while (at(scrape) < time) {
    ++scrape;
  }
  return scrape;
}

Signal::Signal(Kind kind, const Leaf& leaf, const Origin& origin, const Scrapes& scrapes)
    : kind_(kind), scrapes_(scrapes) {
  const std::uint64_t key =
      mix(origin.seed, origin.target.slot, origin.target.generation, leaf.events);
  noise_key_ = mix(key, std::uint64_t{1});
  switch (kind) {
    case Kind::kCounter:
    case Kind::kSeconds:
    case Kind::kSum:
    case Kind::kBucket:
    case Kind::kNative:
      choose_counter(key, leaf, origin.started);
      break;
    default:
      choose_gauge(key, origin.started);
  }
}

void Signal::choose_counter(std::uint64_t key, const Leaf& leaf, Timestamp started) {
  scale_ = event_rate(key);
  if (kind_ == Kind::kSeconds) {
    scale_ = 0.3 * to_unit(mix(key, std::uint64_t{2}));
  } else if (kind_ == Kind::kSum) {
    scale_ *= 0.01 + 0.3 * to_unit(mix(key, std::uint64_t{3}));
  } else if (kind_ == Kind::kNative) {
    scale_ = std::min(scale_, 20.0);
  }
  scale_ *= leaf.share;
  base_ = busy_seconds(started);
  noise_ = kCounterNoise * scale_ * static_cast<double>(scrapes_.interval()) / 1000;
}

void Signal::choose_gauge(std::uint64_t key, Timestamp started) {
  const double size = to_unit(mix(key, std::uint64_t{2}));
  switch (kind_) {
    case Kind::kBytes:
      base_ = 16e6 + 256e6 * size;
      scale_ = base_ / 4;
      noise_ = size < 0.3 ? 0 : base_ / 50;
      break;
    case Kind::kLevel:
      base_ = 40 * size;
      scale_ = 20 * size * size;
      noise_ = size < 0.3 ? 0 : 4 * size;
      break;
    case Kind::kRatio:
      base_ = size / 2;
      scale_ = size / 4;
      noise_ = size / 4;
      break;
    case Kind::kStartTime:
      base_ = static_cast<double>(floor_divide(started, 10)) / 100;
      break;
    default:
      base_ = size < 0.4 ? 0 : size < 0.8 ? 1 : std::floor(size * 1000);
  }
}

Signal::Line Signal::stretch(std::int64_t scrape, std::int64_t length) const {
  const Timestamp at = scrapes_.nominal(scrape);
  const Timestamp begin = floor_divide(at, length) * length;
  Line line;
  line.first = scrape - (at - begin) / scrapes_.interval();
  line.last = scrape + (begin + length - 1 - at) / scrapes_.interval();
  return line;
}

Signal::Line Signal::counter_line(std::int64_t scrape) const {
  Line line = stretch(scrape, kHour);
  const Timestamp at = scrapes_.nominal(line.first);
  line.at_first = scale_ * (busy_seconds(at) - base_);
  line.step =
      scale_ * kDayCurve.pace[hour_of(at)] * static_cast<double>(scrapes_.interval()) / 1000;
  return line;
}

Signal::Line Signal::gauge_line(std::int64_t scrape) const {
  Line line = stretch(scrape, kKnot);
  const Timestamp at = scrapes_.nominal(line.first);
  const std::int64_t knot = floor_divide(at, kKnot);
  const auto height = [&](std::int64_t number) {
    return to_unit(mix(noise_key_, static_cast<std::uint64_t>(number)));
  };
  const double rise = (height(knot + 1) - height(knot)) / static_cast<double>(kKnot);
  line.at_first = base_ + scale_ * (height(knot) + rise * static_cast<double>(at - knot * kKnot));
  line.step = scale_ * rise * static_cast<double>(scrapes_.interval());
  return line;
}

void Signal::fill(std::int64_t first_scrape, std::span<double> out) const {
  if (kind_ == Kind::kConstant || kind_ == Kind::kStartTime) {
    std::ranges::fill(out, base_);
    return;
  }
  const bool gauge = kind_ == Kind::kBytes || kind_ == Kind::kLevel || kind_ == Kind::kRatio;
  while (!out.empty()) {
    const Line line = gauge ? gauge_line(first_scrape) : counter_line(first_scrape);
    const auto length =
        std::min<std::size_t>(out.size(), static_cast<std::size_t>(line.last - first_scrape + 1));
    fill_line(line, first_scrape, out.first(length));
    out = out.subspan(length);
    first_scrape += static_cast<std::int64_t>(length);
  }
}

void Signal::fill_line(const Line& line, std::int64_t first_scrape, std::span<double> out) const {
  const Noise noise{noise_key_ + static_cast<std::uint64_t>(first_scrape) * kGolden, noise_};
  const Slope slope{line.at_first, line.step, static_cast<double>(first_scrape - line.first)};
  switch (kind_) {
    case Kind::kCounter:
    case Kind::kBucket:
    case Kind::kLevel:
      return fill_values<Rounding::kWhole>(slope, noise, out);
    case Kind::kSeconds:
      return fill_values<Rounding::kHundredths>(slope, noise, out);
    case Kind::kBytes:
      return fill_values<Rounding::kPages>(slope, noise, out);
    default:
      return fill_values<Rounding::kNone>(slope, noise, out);
  }
}

}  // namespace strata::generate
