#include "generate/adversarial_run.h"

#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <set>

#include "base/error.h"
#include "generate/adversarial_chunk.h"
#include "generate/adversarial_plan.h"
#include "generate/fleet_run.h"
#include "tsdb/chunk/series_merge.h"
#include "tsdb/testing/memory_block.h"
#include "tsdb/tombstones.h"

namespace strata::generate {
namespace {

struct Bucket {
  std::map<std::string, tsdb::testing::BlockFiles> blocks;  // by id
  std::vector<GeneratedBlock> facts;

  Output output() {
    return {.open = [](const Ulid&) { return std::make_unique<tsdb::testing::MemoryBlockSink>(); },
            .publish =
                [this](const GeneratedBlock& made, tsdb::BlockSink& sink) {
                  blocks[made.ulid.to_string()] =
                      static_cast<tsdb::testing::MemoryBlockSink&>(sink).files;
                  facts.push_back(made);
                },
            .spill_directory = ::testing::TempDir()};
  }
};

Bucket generate(const AdversarialOptions& options) {
  Bucket bucket;
  generate_adversarial({}, options, bucket.output());
  return bucket;
}

TEST(Adversarial, SameSeedSameBytesAndIds) {
  for (const std::uint64_t seed : {1U, 2U}) {
    AdversarialOptions options;
    options.seed = seed;
    const Bucket one = generate(options);
    EXPECT_EQ(one.blocks, generate(options).blocks);
    EXPECT_GE(one.blocks.size(), 1U);
    EXPECT_LE(one.blocks.size(), 4U);
    options.seed += 100;
    EXPECT_NE(one.blocks, generate(options).blocks);
  }
}

TEST(Adversarial, TombstonesAreReadableAndNameSeries) {
  std::size_t seen = 0;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    AdversarialOptions options;
    options.seed = seed;
    for (const GeneratedBlock& block : generate(options).facts) {
      if (block.tombstones.empty()) {
        continue;
      }
      const tsdb::testing::MemorySource file("tombstones", block.tombstones);
      const tsdb::Tombstones tombstones = tsdb::Tombstones::read(file);
      EXPECT_EQ(tombstones.interval_count(), block.num_tombstones);
      EXPECT_LE(tombstones.series().size(), block.written.stats.num_series);
      ++seen;
    }
  }
  EXPECT_GT(seen, 0U);
}

TEST(Adversarial, EveryPieceIsAValidChunk) {
  PieceEncoder encoder;
  std::set<tsdb::Encoding> encodings;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    AdversarialOptions options;
    options.seed = seed;
    for (const PlannedSeries& series : plan_adversity(options).series) {
      tsdb::ChunkArena arena;
      const Story& story = series.versions[0];
      std::size_t begin = 0;
      for (std::size_t i = 1; i <= story.points.size(); ++i) {
        if (i - begin < 100 && i < story.points.size() && !story.must_cut(i, false)) {
          continue;
        }
        const auto chunk = encoder.encode(story, {begin, i, seed, seed % 2 == 0}, arena);
        EXPECT_EQ(tsdb::verify_chunk(chunk), i - begin);
        encodings.insert(chunk.encoding);
        begin = i;
      }
    }
  }
  EXPECT_EQ(encodings.size(), 6U);
}

TEST(Adversarial, BlocksWithoutOverlapsAreAdjacent) {
  const std::vector<std::string> classes = {"floats", "stale"};
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    AdversarialOptions options;
    options.seed = seed;
    options.classes = Adversities::parse(classes);
    const AdversarialPlan plan = plan_adversity(options);
    EXPECT_FALSE(plan.fatal);
    for (std::size_t i = 1; i < plan.ranges.size(); ++i) {
      EXPECT_EQ(plan.ranges[i].min, plan.ranges[i - 1].max);
    }
  }
}

TEST(Adversarial, FewSeedsAreFatal) {
  std::size_t fatal = 0;
  for (std::uint64_t seed = 1; seed <= 120; ++seed) {
    AdversarialOptions options;
    options.seed = seed;
    options.classes = Adversities::parse(std::vector<std::string>{"fatal"});
    fatal += plan_adversity(options).fatal ? 1 : 0;
  }
  EXPECT_GT(fatal, 2U);
  EXPECT_LT(fatal, 30U);
}

TEST(Adversarial, UnknownClassesAreRefused) {
  EXPECT_THROW(Adversities::parse(std::vector<std::string>{"overlap"}), Error);
}

TEST(FleetRun, BlocksAreTheSameForAnyNumberOfThreads) {
  FleetOptions options;
  options.series = 60;
  options.interval_ms = 60'000;
  options.span_ms = 4 * options.block_ms;
  options.replicas = {"a", "b"};
  Bucket one;
  generate_fleet({}, options, one.output());
  EXPECT_EQ(one.blocks.size(), 8U);
  for (const GeneratedBlock& block : one.facts) {
    EXPECT_EQ(block.ulid.time_ms(), block.range.max);
    EXPECT_TRUE(block.labels.contains("replica"));
    EXPECT_GE(block.written.stats.num_series, 60U);
  }
  options.threads = 3;
  std::mutex mutex;
  Bucket other;
  Output output = other.output();
  output.publish = [&, publish = output.publish](const GeneratedBlock& made,
                                                 tsdb::BlockSink& sink) {
    const std::lock_guard lock(mutex);
    publish(made, sink);
  };
  generate_fleet({}, options, output);
  EXPECT_EQ(one.blocks, other.blocks);
}

}  // namespace
}  // namespace strata::generate
