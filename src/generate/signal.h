#pragma once

#include <cstdint>
#include <span>

#include "base/time.h"
#include "generate/catalog.h"
#include "generate/fleet.h"
#include "generate/options.h"

namespace strata::generate {

// When one replica scrapes one target. Scrapes are numbered from 1970 on, so that every block and
// every replica counts alike.
class Scrapes {
 public:
  Scrapes(const FleetOptions& options, std::size_t replica, std::uint64_t slot);

  Timestamp at(std::int64_t scrape) const {
    const auto index = (static_cast<std::uint64_t>(scrape) + jitter_begin_) % kJitterSize;
    return scrape * interval_ + offset_ + replica_offset_ + jitter_[index];
  }
  // Without what differs between replicas and from scrape to scrape.
  Timestamp nominal(std::int64_t scrape) const { return scrape * interval_ + offset_; }
  // The first scrape at or after a time.
  std::int64_t first_from(Timestamp time) const;
  std::int64_t interval() const { return interval_; }

 private:
  static constexpr std::size_t kJitterSize = 1024;
  static const std::int8_t* jitter_table(std::int64_t interval);

  std::int64_t interval_;
  std::int64_t offset_;
  std::int64_t replica_offset_;
  std::uint64_t jitter_begin_;
  const std::int8_t* jitter_;
};

// The values of one float series (or the number of observations of a native histogram) as a
// function of the scrape's number: a curve made of straight lines, plus noise, rounded as its kind
// demands. Counters never fall within an epoch, also from block to block.
class Signal {
 public:
  struct Origin {
    std::uint64_t seed = 0;
    Target target;
    Timestamp started = 0;
  };

  Signal(Kind kind, const Leaf& leaf, const Origin& origin, const Scrapes& scrapes);

  void fill(std::int64_t first_scrape, std::span<double> out) const;

 private:
  // Anchored at its own first scrape, not where a caller happens to begin: a value must not depend
  // on how scrapes are grouped into blocks and chunks.
  struct Line {
    double at_first = 0;
    double step = 0;
    std::int64_t first = 0;
    std::int64_t last = 0;
  };

  // The scrapes between two multiples of `length` ms, around `scrape`.
  Line stretch(std::int64_t scrape, std::int64_t length) const;
  Line counter_line(std::int64_t scrape) const;
  Line gauge_line(std::int64_t scrape) const;
  void choose_counter(std::uint64_t key, const Leaf& leaf, Timestamp started);
  void choose_gauge(std::uint64_t key, Timestamp started);
  void fill_line(const Line& line, std::int64_t first_scrape, std::span<double> out) const;

  Kind kind_;
  Scrapes scrapes_;
  std::uint64_t noise_key_ = 0;
  double scale_ = 0;
  double base_ = 0;
  double noise_ = 0;
};

}  // namespace strata::generate
