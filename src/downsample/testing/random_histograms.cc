#include "downsample/testing/random_histograms.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <map>
#include <random>

#include "tsdb/chunk/histogram_encoder.h"
#include "tsdb/chunk/histogram_layout.h"

namespace strata::downsample::testing {

namespace {

using tsdb::Encoding;
using tsdb::HistogramLayout;
using tsdb::kNegative;
using tsdb::kPositive;
using tsdb::ResetHeader;
using tsdb::Span;

std::uint64_t bits(double value) {
  return std::bit_cast<std::uint64_t>(value);
}

class Generator {
 public:
  Generator(std::uint64_t seed, StartTimes starts)
      : random_(seed),
        starts_(starts),
        custom_(seed % 5 == 0),
        changes_schema_(one_in(2)),
        changes_threshold_(one_in(2)),
        odd_spans_(one_in(2)),
        odd_values_(one_in(4)),
        interval_(one_in(3) ? 240'000 : 15'000) {
    layout_.schema = custom_ ? tsdb::kCustomBucketsSchema : pick(-2, 6);
    choose_bounds();
  }

  std::vector<tsdb::testing::OwnedChunk> run() {
    std::vector<tsdb::testing::OwnedChunk> chunks;
    const int size = pick(1, 12);
    for (int i = 0; i < size; ++i) {
      change();
      chunks.push_back(chunk());
    }
    return chunks;
  }

 private:
  bool one_in(unsigned n) { return random_() % n == 0; }
  int pick(int from, int to) {
    return from + static_cast<int>(random_() % static_cast<unsigned>(to - from + 1));
  }

  // Of the next chunk.
  void change() {
    gauge_ = one_in(6) ? !gauge_ : gauge_;
    integer_ = one_in(4) ? !integer_ : integer_;
    if (custom_ && one_in(3)) {
      choose_bounds();
    }
    if (!custom_ && changes_schema_ && one_in(2)) {
      layout_.schema = std::clamp(layout_.schema + pick(-2, 2), -4, 8);
    }
    if (!custom_ && changes_threshold_ && one_in(2)) {
      const double thresholds[] = {0, 0x1p-128, 0.001, 0.01, 0.7, 1, 3};
      layout_.zero_threshold = bits(thresholds[random_() % 7]);
    }
    for (const unsigned sign : {kPositive, kNegative}) {
      change_buckets(sign);
    }
    if (one_in(4)) {
      count_ = 0;
    }
  }

  void change_buckets(unsigned sign) {
    std::map<std::int64_t, std::uint64_t>& buckets = buckets_[sign];
    if (sign == kNegative && (custom_ || one_in(2))) {
      return;
    }
    for (int i = pick(0, 4); i > 0; --i) {
      buckets.try_emplace(custom_ ? pick(0, static_cast<int>(layout_.bounds.size())) : pick(-9, 9),
                          0);
    }
    std::erase_if(buckets, [&](const auto& bucket) {
      return one_in(12) ||
             (custom_ && bucket.first > static_cast<std::int64_t>(layout_.bounds.size()));
    });
    if (one_in(4)) {
      for (auto& bucket : buckets) {
        bucket.second = random_() % 3;
      }
    }
    std::vector<std::int64_t> indexes;
    for (const auto& bucket : buckets) {
      indexes.push_back(bucket.first);
    }
    layout_.spans[sign] = spans(indexes);
    layout_.buckets[sign] = indexes.size();
  }

  void choose_bounds() {
    layout_.bounds.clear();
    for (double bound = 1; custom_ && bound < 9; ++bound) {
      if (!one_in(3)) {
        layout_.bounds.push_back(bits(bound / 4));
      }
    }
  }

  // The same buckets, perhaps with spans that are empty or meet.
  std::vector<Span> spans(const std::vector<std::int64_t>& indexes) {
    std::vector<Span> result;
    for (const Span& span : tsdb::spans_of(indexes)) {
      if (odd_spans_ && !result.empty() && span.offset > 1 && one_in(3)) {
        result.push_back({1, 0});
        result.push_back({span.offset - 1, span.length});
      } else if (odd_spans_ && span.length > 1 && one_in(3)) {
        result.push_back({span.offset, 1});
        result.push_back({0, span.length - 1});
      } else {
        result.push_back(span);
      }
    }
    return result;
  }

  tsdb::testing::OwnedChunk chunk() {
    const Encoding encodings[] = {Encoding::kFloatHistogram, Encoding::kHistogram,
                                  Encoding::kFloatHistogramSt, Encoding::kHistogramSt};
    const bool with_starts = one_in(2) && starts_ == StartTimes::kSome;
    encoder_.begin(encodings[(integer_ ? 1 : 0) + (with_starts ? 2 : 0)], layout_);
    const int size = pick(1, 40);
    // A stale marker is the last of its chunk, as Prometheus has it.
    bool stale = false;
    for (int i = 0; i < size && !stale; ++i) {
      time_ += one_in(20) ? pick(1, 2'000'000) : interval_;
      stale = i > 0 && odd_values_ && one_in(30);
      append(stale);
    }
    tsdb::ChunkArena arena;
    const tsdb::ChunkView view =
        encoder_.finish(gauge_ ? ResetHeader::kGauge : ResetHeader::kUnknown, arena);
    return tsdb::testing::own_chunk(view.encoding, {view.data.begin(), view.data.end()},
                                    view.min_time, view.max_time);
  }

  void append(bool stale) {
    std::vector<std::uint64_t> row;
    for (auto& side : buckets_) {
      for (auto& bucket : side) {
        bucket.second += random_() % 3;
        if (gauge_ && one_in(3)) {
          bucket.second = random_() % 5;
        }
        count_ += bucket.second % 2;
        row.push_back(number(bucket.second));
      }
    }
    zero_count_ = one_in(30) ? 0 : zero_count_ + random_() % 2;
    const double odd_sums[] = {std::numeric_limits<double>::quiet_NaN(), -0.0,
                               std::numeric_limits<double>::infinity(), 1e300};
    sum_ += static_cast<double>(random_() % 1000) / 7;
    std::uint64_t sum = bits(sum_);
    if (stale) {
      sum = tsdb::kStaleMarker;
    } else if (odd_values_ && one_in(10)) {
      sum = bits(odd_sums[random_() % 4]);
    }
    encoder_.append({.time = one_in(50) ? time_ - 20'000 : time_,
                     .start = one_in(2) ? time_ - 100 : 0,
                     .count = number(count_),
                     .zero_count = number(zero_count_),
                     .sum = sum,
                     .buckets = row.data()});
  }

  std::uint64_t number(std::uint64_t count) {
    if (integer_) {
      return count;
    }
    const double value = static_cast<double>(count);
    return bits(odd_values_ && one_in(8) ? value / 3 - 0.4 : value);
  }

  std::mt19937_64 random_;
  const StartTimes starts_;
  const bool custom_;
  const bool changes_schema_;
  const bool changes_threshold_;
  const bool odd_spans_;
  const bool odd_values_;
  const int interval_;
  bool gauge_ = false;
  bool integer_ = true;
  HistogramLayout layout_;
  std::map<std::int64_t, std::uint64_t> buckets_[2];
  std::uint64_t count_ = 0;
  std::uint64_t zero_count_ = 0;
  double sum_ = 0;
  Timestamp time_ = 1700006400000;
  tsdb::HistogramEncoder encoder_;
};

}  // namespace

std::vector<tsdb::testing::OwnedChunk> random_histograms(std::uint64_t seed, StartTimes starts) {
  return Generator(seed, starts).run();
}

}  // namespace strata::downsample::testing
