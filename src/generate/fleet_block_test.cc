#include "generate/fleet_block.h"

#include <gtest/gtest.h>

#include <bit>
#include <map>

#include "base/crc32c.h"
#include "tsdb/chunk/histogram_decoder.h"
#include "tsdb/chunk/samples.h"
#include "tsdb/chunk/series_merge.h"
#include "tsdb/chunk/xor_decoder.h"

namespace strata::generate {
namespace {

struct Read {
  std::vector<Timestamp> times;
  std::vector<std::uint64_t> values;  // a histogram's count, or the stale marker
  std::size_t chunks = 0;
};

// Checks what the index format demands and keeps all samples by label text.
class CollectingSink : public SeriesSink {
 public:
  void add_symbol(std::string_view symbol) override {
    if (!symbols.empty()) {
      EXPECT_LT(symbols.back(), symbol);
    }
    symbols.emplace_back(symbol);
  }

  void add_series(std::span<const tsdb::LabelRef> labels,
                  std::span<const tsdb::ChunkView> chunks) override {
    const std::vector<tsdb::LabelRef> set(labels.begin(), labels.end());
    EXPECT_LT(last_, set);
    last_ = set;
    std::string text;
    for (const tsdb::LabelRef& label : labels) {
      text += symbols.at(label.name) + "=" + symbols.at(label.value) + ",";
    }
    Read& read = series[text];
    for (const tsdb::ChunkView& chunk : chunks) {
      add_chunk(chunk, read);
    }
  }

  std::vector<std::string> symbols;
  std::map<std::string, Read> series;
  std::uint64_t digest = 0;

 private:
  void add_chunk(const tsdb::ChunkView& chunk, Read& read) {
    EXPECT_LE(tsdb::verify_chunk(chunk), 120U);
    if (!read.times.empty()) {
      EXPECT_GT(chunk.min_time, read.times.back());
    }
    tsdb::SampleColumns columns;
    if (chunk.encoding == tsdb::Encoding::kXor) {
      tsdb::XorDecoder().decode(chunk.data, columns);
      read.values.insert(read.values.end(), columns.values.begin(), columns.values.end());
    } else {
      tsdb::HistogramDecoder().decode(chunk.encoding, chunk.data, columns);
      for (const tsdb::HistogramSample& sample : columns.histograms) {
        read.values.push_back(sample.is_stale() ? tsdb::kStaleMarker : sample.count);
      }
    }
    read.times.insert(read.times.end(), columns.times.begin(), columns.times.end());
    ++read.chunks;
    digest = digest * 31 + chunk.crc;
  }

  std::vector<tsdb::LabelRef> last_;
};

FleetOptions small_fleet() {
  FleetOptions options;
  options.series = 600;
  options.interval_ms = 60'000;
  options.churn = 0.4;
  options.restarts = 0.3;
  options.native = 0.1;
  return options;
}

CollectingSink make(const FleetOptions& options, FleetBlock block) {
  CollectingSink sink;
  FleetBlockMaker(options, block).make({}, sink);
  return sink;
}

TEST(FleetBlock, IsOrderedAndHoldsTheSeriesOfLiveAndReplacedPods) {
  const CollectingSink sink = make(small_fleet(), {1, 0});
  EXPECT_GE(sink.series.size(), 600U);
  EXPECT_LE(sink.series.size(), 1200U);
  const TimeRange range = FleetBlockMaker(small_fleet(), {1, 0}).range();
  for (const auto& [labels, read] : sink.series) {
    EXPECT_GE(read.times.front(), range.min);
    EXPECT_LT(read.times.back(), range.max);
    EXPECT_LE(read.times.size(), 121U);
  }
}

TEST(FleetBlock, SameSeedSameBytesOtherSeedOthers) {
  FleetOptions options = small_fleet();
  const std::uint64_t first = make(options, {2, 0}).digest;
  EXPECT_EQ(first, make(options, {2, 0}).digest);
  options.seed = 2;
  EXPECT_NE(first, make(options, {2, 0}).digest);
}

TEST(FleetBlock, ASpanTwiceAsLongKeepsTheEarlierBlocks) {
  FleetOptions options = small_fleet();
  const std::uint64_t first = make(options, {2, 0}).digest;
  options.span_ms *= 2;
  EXPECT_EQ(first, make(options, {2, 0}).digest);
}

bool is_counter(const std::string& labels) {
  return labels.find("_total,") != std::string::npos ||
         labels.find("_bucket,") != std::string::npos ||
         labels.find("_count,") != std::string::npos;
}

TEST(FleetBlock, CountersGoOnAcrossBlocksAndFallOnlyAfterAStaleMarkerOrRestart) {
  FleetOptions options = small_fleet();
  options.churn = 0;
  options.restarts = 0;
  options.native = 0;
  std::map<std::string, double> last;
  std::size_t counters = 0;
  for (std::int64_t block = 0; block < 3; ++block) {
    for (const auto& [labels, read] : make(options, {block, 0}).series) {
      if (!is_counter(labels)) {
        continue;
      }
      ++counters;
      for (const std::uint64_t bits : read.values) {
        if (bits != tsdb::kStaleMarker) {
          const auto value = std::bit_cast<double>(bits);
          EXPECT_LE(last[labels], value) << labels;
          last[labels] = value;
        }
      }
    }
  }
  EXPECT_GT(counters, 300U);
}

TEST(FleetBlock, RestartsResetCountersAndLeaveStaleMarkers) {
  std::size_t resets = 0;
  std::size_t stale = 0;
  FleetOptions options = small_fleet();
  options.restarts = 1;
  for (const auto& [labels, read] : make(options, {1, 0}).series) {
    double last = 0;
    for (const std::uint64_t bits : read.values) {
      if (bits == tsdb::kStaleMarker) {
        ++stale;
      } else if (is_counter(labels)) {
        resets += std::bit_cast<double>(bits) < last ? 1 : 0;
        last = std::bit_cast<double>(bits);
      }
    }
  }
  EXPECT_GT(resets, 10U);
  EXPECT_GT(stale, 100U);
}

TEST(FleetBlock, ReplicasSeeTheSameValuesSomewhatLater) {
  FleetOptions options = small_fleet();
  options.churn = 0;
  options.restarts = 0;
  options.replicas = {"a", "b"};
  options.replica_offset_ms = 7'000;
  const CollectingSink a = make(options, {1, 0});
  const CollectingSink b = make(options, {1, 1});
  ASSERT_EQ(a.series.size(), b.series.size());
  std::size_t common = 0;
  for (const auto& [labels, read] : a.series) {
    std::map<Timestamp, std::uint64_t> later;
    const Read& other = b.series.at(labels);
    for (std::size_t i = 0; i < other.times.size(); ++i) {
      later[other.times[i]] = other.values[i];
    }
    for (std::size_t i = 0; i < read.times.size(); ++i) {
      const auto found = later.find(read.times[i] + 7'000);
      if (found != later.end() && read.values[i] != tsdb::kStaleMarker &&
          found->second != tsdb::kStaleMarker) {
        EXPECT_EQ(found->second, read.values[i]);
        ++common;
      }
    }
  }
  EXPECT_GT(common, a.series.size() * 110);
}

TEST(FleetBlock, HistogramBucketsAreCumulativeAtEveryScrape) {
  FleetOptions options = small_fleet();
  options.native = 0;
  std::map<std::string, std::map<std::string, double>> by_bound;
  const CollectingSink sink = make(options, {0, 0});
  std::size_t checked = 0;
  for (const auto& [labels, read] : sink.series) {
    const std::size_t le = labels.find("le=");
    if (le == std::string::npos || labels.find("_bucket,") == std::string::npos) {
      continue;
    }
    const std::size_t end = labels.find(',', le);
    const std::string whole = labels.substr(0, le) + "le=+Inf" + labels.substr(end);
    const auto infinite = sink.series.find(whole);
    if (infinite == sink.series.end()) {
      continue;
    }
    for (std::size_t i = 0; i < read.values.size(); ++i) {
      if (read.values[i] != tsdb::kStaleMarker) {
        EXPECT_LE(std::bit_cast<double>(read.values[i]),
                  std::bit_cast<double>(infinite->second.values[i]));
        ++checked;
      }
    }
  }
  EXPECT_GT(checked, 1000U);
}

}  // namespace
}  // namespace strata::generate
