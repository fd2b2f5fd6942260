#include "generate/adversarial_run.h"

#include <algorithm>
#include <limits>
#include <set>

#include "base/big_endian.h"
#include "base/crc32c.h"
#include "base/error.h"
#include "base/varint.h"
#include "generate/adversarial_chunk.h"
#include "generate/adversarial_plan.h"
#include "generate/index_capture.h"
#include "generate/random.h"
#include "tsdb/tombstones.h"

namespace strata::generate {
namespace {

constexpr std::uint32_t kTombstonesMagic = 0x0130ba30;
constexpr std::uint8_t kTombstonesFormat = 1;

struct BlockSeries {
  const PlannedSeries* plan = nullptr;
  std::vector<tsdb::ChunkView> chunks;
};

// Decides what of the plan one block holds.
class BlockCutter {
 public:
  BlockCutter(const AdversarialOptions& options, const AdversarialPlan& plan, std::size_t number)
      : options_(options),
        plan_(plan),
        number_(number),
        random_(mix(options.seed, number, 0xb10cU)) {}

  std::vector<BlockSeries> cut() {
    std::vector<BlockSeries> result;
    for (const PlannedSeries& series : plan_.series) {
      chunks_.clear();
      if (random_.chance(0.85)) {
        cut_series(series);
      }
      if (!chunks_.empty()) {
        result.push_back({&series, chunks_});
      }
    }
    return result;
  }

 private:
  void cut_series(const PlannedSeries& series) {
    std::vector<std::size_t> cuts = series.cuts;
    if (series.sharing == Sharing::kPieces && random_.chance(0.35)) {
      cuts = own_cuts(series.cuts.back());
    }
    for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
      std::size_t begin = cuts[i];
      std::size_t version = 0;
      if (series.sharing == Sharing::kABA) {
        version = number_ % 2;
      } else if (series.sharing == Sharing::kTouching) {
        if (i % plan_.ranges.size() != number_) {
          continue;
        }
        begin -= begin > 0 ? 1 : 0;
      } else {
        if (random_.chance(0.15)) {
          continue;
        }
        version = random_.chance(0.7) ? 0 : 1 + random_.below(2);
      }
      add_range(series, series.versions[version], {begin, cuts[i + 1]});
    }
  }

  std::vector<std::size_t> own_cuts(std::size_t points) {
    std::vector<std::size_t> cuts = {0};
    while (cuts.back() < points) {
      cuts.push_back(std::min<std::size_t>(points, cuts.back() + 1 + random_.below(240)));
    }
    return cuts;
  }

  // The part of a range that this block may hold, cut where one chunk cannot go on.
  void add_range(const PlannedSeries& series, const Story& story, Piece piece) {
    const TimeRange& range = plan_.ranges[number_];
    const bool anywhere = series.trims && options_.classes.has(Adversity::kOutside);
    const auto inside = [&](std::size_t i) {
      const Timestamp time = story.points[i].time;
      return anywhere || (time >= range.min && time < range.max);
    };
    while (piece.begin < piece.end && !inside(piece.begin)) {
      ++piece.begin;
    }
    while (piece.begin < piece.end && !inside(piece.end - 1)) {
      --piece.end;
    }
    const bool safe = series.trims && !plan_.fatal;
    std::size_t begin = piece.begin;
    for (std::size_t i = begin + 1; i <= piece.end; ++i) {
      const bool gauge_ends =
          i < piece.end && safe && is_gauge(story.points[i].flavor) && story.points[i].is_stale();
      if (i == piece.end || gauge_ends || story.must_cut(i, series.hides_resets)) {
        add_chunk(story, {begin, i});
        begin = i;
      }
    }
  }

  void add_chunk(const Story& story, Piece piece) {
    piece.style = mix(options_.seed, piece.begin, piece.end);
    piece.newer_encoding = options_.newer_encodings && mix(piece.style) % 2 == 0;
    if (chunks_.empty() || story.points[piece.begin].time > chunks_.back().max_time) {
      chunks_.push_back(encoder_.encode(story, piece, arena_));
    }
  }

  const AdversarialOptions& options_;
  const AdversarialPlan& plan_;
  std::size_t number_;
  Random random_;
  PieceEncoder encoder_;
  tsdb::ChunkArena arena_;
  std::vector<tsdb::ChunkView> chunks_;
};

void write_series(const std::vector<BlockSeries>& series, tsdb::BlockWriter& writer,
                  Random& random) {
  std::set<std::string> symbols;
  for (const BlockSeries& one : series) {
    for (const auto& [name, value] : one.plan->labels) {
      symbols.insert({name, value});
    }
  }
  for (std::uint64_t unused = random.below(4); unused > 0; --unused) {
    symbols.insert("unused-" + std::to_string(random.below(100)));
  }
  if (random.chance(0.5)) {
    symbols.insert("");
  }
  for (const auto& symbol : symbols) {
    writer.add_symbol(symbol);
  }
  const std::vector<std::string> table(symbols.begin(), symbols.end());
  const auto position = [&](const std::string& symbol) {
    return static_cast<std::uint32_t>(std::ranges::lower_bound(table, symbol) - table.begin());
  };
  for (const BlockSeries& one : series) {
    std::vector<tsdb::LabelRef> labels;
    for (const auto& [name, value] : one.plan->labels) {
      labels.push_back({position(name), position(value)});
    }
    writer.add_series(labels, one.chunks);
  }
}

// Intervals as somebody might have deleted them: equal to a chunk, within one, over several, in two
// parts that belong together.
std::vector<tsdb::Interval> choose_intervals(const std::vector<tsdb::ChunkView>& chunks,
                                             Random& random) {
  std::vector<tsdb::Interval> result;
  for (std::int64_t left = random.between(1, 4); left > 0; --left) {
    const tsdb::ChunkView& chunk = chunks[random.below(chunks.size())];
    const tsdb::ChunkView& later = chunks[random.below(chunks.size())];
    const Timestamp middle = chunk.min_time + (chunk.max_time - chunk.min_time) / 2;
    switch (random.below(6)) {
      case 0:
        result.push_back({chunk.min_time, chunk.max_time});
        break;
      case 1:
        result.push_back({middle, chunk.max_time});
        break;
      case 2:
        result.push_back({middle + 1, middle + 1 + (chunk.max_time - middle) / 2});
        result.push_back({chunk.min_time, middle});
        break;
      case 3:
        result.push_back(
            {std::min(chunk.min_time, later.min_time), std::max(chunk.max_time, later.max_time)});
        break;
      case 4:
        result.push_back({chunk.min_time, chunk.min_time});
        break;
      default:
        result.push_back({middle, middle + 1000});
        result.push_back({middle + 500, middle + 2000});
    }
  }
  return result;
}

// What the reference survives: Prometheus' Intervals.Add panics when it adds the range behind a
// block to two intervals or more of which one reaches the range's end.
Timestamp last_deletable(const AdversarialPlan& plan) {
  Timestamp end = plan.ranges.front().max;
  for (const TimeRange& range : plan.ranges) {
    end = std::max(end, range.max);
  }
  return plan.fatal ? std::numeric_limits<Timestamp>::max() : end - 2;
}

struct SeriesIds {
  const std::vector<BlockSeries>& series;
  std::vector<std::uint64_t> ids;  // beside series
};

void add_tombstones(const SeriesIds& block_series, Timestamp last, Random& random,
                    GeneratedBlock& block) {
  const auto& [series, ids] = block_series;
  Buffer entries;
  for (std::size_t i = 0; i < series.size(); ++i) {
    if (!series[i].plan->trims || !random.chance(0.4)) {
      continue;
    }
    std::vector<tsdb::Interval> joined;
    for (tsdb::Interval interval : choose_intervals(series[i].chunks, random)) {
      interval.max = std::min(interval.max, last);
      if (interval.max < interval.min) {
        continue;
      }
      append_uvarint(entries, ids[i]);
      append_varint(entries, interval.min);
      append_varint(entries, interval.max);
      tsdb::add_interval(joined, interval);
    }
    block.num_tombstones += joined.size();
  }
  append_be(block.tombstones, kTombstonesMagic);
  block.tombstones.push_back(kTombstonesFormat);
  append(block.tombstones, entries);
  append_be(block.tombstones, crc32c(entries));
}

void write_block(const AdversarialOptions& options, const AdversarialPlan& plan, std::size_t number,
                 const Output& output, const Ulid& ulid) {
  BlockCutter cutter(options, plan, number);
  const std::vector<BlockSeries> series = cutter.cut();
  Random random(mix(options.seed, number, 0x70b5U));
  GeneratedBlock made;
  made.ulid = ulid;
  made.range = plan.ranges[number];
  made.labels = options.labels;
  const auto sink = output.open(ulid);
  IndexCapture capture(*sink);
  tsdb::WriterOptions writer_options;
  writer_options.spill_directory = output.spill_directory;
  tsdb::BlockWriter writer(capture, writer_options);
  write_series(series, writer, random);
  made.written = writer.finish();
  if (plan.tombstones && random.chance(0.6)) {
    add_tombstones({series, capture.series_ids()}, last_deletable(plan), random, made);
  }
  output.publish(made, *sink);
}

}  // namespace

void generate_adversarial(std::stop_token stop, const AdversarialOptions& options,
                          const Output& output) {
  const AdversarialPlan plan = plan_adversity(options);
  ManualClock clock(options.start);
  UlidSource ids(clock, options.seed);
  for (std::size_t number = 0; number < plan.ranges.size(); ++number) {
    if (stop.stop_requested()) {
      throw Error(ErrorKind::kCancelled, "generating blocks was stopped");
    }
    write_block(options, plan, number, output, ids.next());
    clock.advance(std::chrono::milliseconds(1));
  }
}

}  // namespace strata::generate
