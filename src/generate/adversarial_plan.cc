#include "generate/adversarial_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "generate/random.h"

namespace strata::generate {
namespace {

constexpr std::uint64_t kFatalEvery = 12;  // seeds
constexpr std::uint64_t kFatalSalt = 0xfa7a1;

class Planner {
 public:
  explicit Planner(const AdversarialOptions& options)
      : options_(options), random_(mix(options.seed, std::uint64_t{0xad})) {}

  AdversarialPlan plan() {
    plan_.fatal = has(Adversity::kFatal) && mix(options_.seed, kFatalSalt) % kFatalEvery == 0;
    plan_.tombstones = has(Adversity::kTombstones) && random_.chance(0.5);
    plan_ranges();
    std::set<std::vector<std::pair<std::string, std::string>>> label_sets;
    const auto count = static_cast<std::size_t>(random_.between(12, 40));
    while (label_sets.size() < count) {
      label_sets.insert(choose_labels());
    }
    for (const auto& labels : label_sets) {
      plan_.series.push_back(plan_series(labels));
    }
    return std::move(plan_);
  }

 private:
  bool has(Adversity adversity) const { return options_.classes.has(adversity); }

  // Where time begins; blocks of `length` ms follow.
  Timestamp choose_origin(std::int64_t length) {
    if (has(Adversity::kTimes) && random_.chance(0.25)) {
      constexpr std::array<Timestamp, 5> kOrigins = {0, -86'400'000, -(Timestamp{1} << 53),
                                                     Timestamp{1} << 53, Timestamp{1} << 60};
      return kOrigins[random_.below(kOrigins.size())] - random_.between(0, 2 * length);
    }
    return options_.start;
  }

  void plan_ranges() {
    constexpr std::array<std::size_t, 8> kCounts = {1, 2, 2, 2, 3, 3, 4, 4};
    const std::size_t count = kCounts[random_.below(kCounts.size())];
    const std::int64_t length = has(Adversity::kTimes) && random_.chance(0.2)
                                    ? random_.between(500, 100'000)
                                    : options_.block_ms;
    const Timestamp origin = choose_origin(length);
    const std::uint64_t pattern = has(Adversity::kOverlaps) ? random_.below(5) : 1;
    for (std::size_t i = 0; i < count; ++i) {
      const auto number = static_cast<std::int64_t>(i);
      TimeRange range{origin, origin + length};
      if (pattern == 1) {
        range = {origin + number * length, origin + (number + 1) * length};
      } else if (pattern == 2) {
        range.min += number * length / 2;
        range.max = range.min + length;
      } else if (pattern == 3 && i > 0) {
        range.min += random_.between(0, length / 2);
        range.max -= random_.between(0, length / 4);
      } else if (pattern == 4) {
        range.min += random_.between(0, 2 * length);
        range.max = range.min + random_.between(length / 4, 2 * length);
      }
      plan_.ranges.push_back(range);
    }
    std::ranges::sort(plan_.ranges, {},
                      [](const TimeRange& range) { return std::pair(range.min, range.max); });
  }

  std::vector<std::pair<std::string, std::string>> choose_labels() {
    constexpr std::array<const char*, 6> kMetrics = {"a",  "http_requests_total", "node:load:sum",
                                                     "up", "\xc3\xa4rger.utf-8",  "zz"};
    std::map<std::string, std::string> labels = {
        {"__name__", kMetrics[random_.below(kMetrics.size())]}};
    if (random_.chance(0.05)) {
      labels.clear();  // legal: a series without a metric name
    }
    labels["instance"] = fmt::format("host-{}", random_.below(12));
    if (random_.chance(0.5)) {
      labels["job"] = random_.chance(0.5) ? "a" : "prometheus";
    }
    if (random_.chance(0.2)) {
      labels["le"] = random_.chance(0.5) ? "+Inf" : "0.5";
    }
    if (random_.chance(0.1)) {
      labels["path"] = std::string(static_cast<std::size_t>(random_.between(100, 400)), '/');
    }
    if (random_.chance(0.1)) {
      labels["quote"] = "line\nbreak \"\\\" \xf0\x9f\x92\xa5";
    }
    if (random_.chance(0.1)) {
      labels["Zone"] = "A";  // sorts before __name__
    }
    return {labels.begin(), labels.end()};
  }

  TimeRange whole() const {
    TimeRange all = plan_.ranges.front();
    for (const TimeRange& range : plan_.ranges) {
      all.max = std::max(all.max, range.max);
    }
    return all;
  }

  std::vector<Timestamp> choose_times(bool outside) {
    TimeRange span = whole();
    const std::int64_t width = span.max - span.min;
    std::set<Timestamp> times;
    for (const TimeRange& range : plan_.ranges) {
      for (const Timestamp time : {range.min - 1, range.min, range.max - 1, range.max}) {
        if (random_.chance(0.5)) {
          times.insert(time);
        }
      }
    }
    if (outside) {
      span.min -= width / 5;
      span.max += width / 5;
      if (random_.chance(0.15)) {
        times.insert(span.min - (std::int64_t{1} << 40) - random_.between(0, 1000));
        times.insert(span.max + (std::int64_t{1} << 40));
      }
    }
    const std::int64_t count =
        std::min<std::int64_t>(random_.between(10, options_.max_samples), width / 3 + 1);
    const std::int64_t step = std::max<std::int64_t>((span.max - span.min) / count, 1);
    const std::uint64_t pattern = random_.below(3);
    for (Timestamp time = span.min + random_.between(0, step); time <= span.max;) {
      times.insert(time);
      if (pattern == 0) {
        time += step;
      } else if (pattern == 1) {
        time += std::max<std::int64_t>(1, step + random_.between(-step / 10, step / 10));
      } else {
        time +=
            random_.chance(0.8) ? random_.between(1, step / 8 + 1) : random_.between(1, 8 * step);
      }
    }
    return {times.begin(), times.end()};
  }

  std::vector<std::size_t> choose_cuts(std::size_t points) {
    constexpr std::array<std::size_t, 8> kSizes = {1, 2, 3, 7, 119, 120, 121, 240};
    std::vector<std::size_t> cuts = {0};
    const bool plain = random_.chance(0.3);
    while (cuts.back() < points) {
      const std::size_t size = plain                 ? 120
                               : random_.chance(0.4) ? kSizes[random_.below(kSizes.size())]
                                                     : 1 + random_.below(60);
      cuts.push_back(std::min(points, cuts.back() + size));
    }
    return cuts;
  }

  StoryOptions choose_story() {
    StoryOptions story{.classes = options_.classes, .flavors = {Flavor::kFloat}};
    constexpr std::array<Flavor, 4> kFlavors = {Flavor::kHistogram, Flavor::kGaugeHistogram,
                                                Flavor::kFloatHistogram,
                                                Flavor::kGaugeFloatHistogram};
    const auto any = [&] { return kFlavors[random_.below(kFlavors.size())]; };
    if (has(Adversity::kHistograms) && random_.chance(0.6)) {
      story.flavors = {any()};
      story.custom_buckets = random_.chance(0.25);
      if (has(Adversity::kMixed) && random_.chance(0.3)) {
        story.flavors = {any(), Flavor::kFloat, any()};
      }
    }
    story.stale = has(Adversity::kStale) && random_.chance(0.5);
    return story;
  }

  PlannedSeries plan_series(std::vector<std::pair<std::string, std::string>> labels) {
    PlannedSeries series;
    series.labels = std::move(labels);
    series.trims = random_.chance(0.6);
    series.hides_resets = random_.chance(0.15) && (plan_.fatal || !series.trims);
    const bool outside = has(Adversity::kOutside) && series.trims && random_.chance(0.5);
    std::vector<Timestamp> times = choose_times(outside);
    const StoryOptions story = choose_story();
    series.versions[0] = tell_story(times, story, random_);
    series.versions[1] = tell_story(times, story, random_);
    keep_some_values(series.versions[0], series.versions[1]);
    const std::int64_t shift = random_.between(1, 3'000);
    for (Timestamp& time : times) {
      time += shift;
    }
    series.versions[2] = tell_story(times, story, random_);
    series.cuts = choose_cuts(times.size());
    const std::uint64_t sharing = random_.below(10);
    series.sharing = sharing == 0   ? Sharing::kTouching
                     : sharing == 1 ? Sharing::kABA
                                    : Sharing::kPieces;
    return series;
  }

  // Two replicas agree more often than not.
  void keep_some_values(const Story& from, Story& to) {
    for (std::size_t i = 0; i < to.points.size(); ++i) {
      const Point& point = from.points[i];
      if (point.flavor == Flavor::kFloat && to.points[i].flavor == Flavor::kFloat &&
          random_.chance(0.5)) {
        to.points[i] = point;
      }
    }
  }

  const AdversarialOptions& options_;
  Random random_;
  AdversarialPlan plan_;
};

}  // namespace

AdversarialPlan plan_adversity(const AdversarialOptions& options) {
  return Planner(options).plan();
}

}  // namespace strata::generate
