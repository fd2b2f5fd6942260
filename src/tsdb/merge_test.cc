#include "tsdb/merge.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/big_endian.h"
#include "base/crc32c.h"
#include "base/error.h"
#include "base/time.h"
#include "tsdb/chunk/testing/hex.h"
#include "tsdb/testing/damage.h"
#include "tsdb/testing/memory_block.h"

namespace strata::tsdb {
namespace {

using testing::BlockFiles;
using testing::expect_error_or_same;
using testing::expect_same_files;

struct LoadedBlock {
  std::string name;
  TimeRange range;
  BlockFiles files;
};

LoadedBlock load(const std::filesystem::path& directory) {
  nlohmann::json meta;
  std::ifstream(directory / "meta.json") >> meta;
  return {.name = directory.filename().string(),
          .range = {.min = meta["minTime"], .max = meta["maxTime"]},
          .files = testing::load_block_files(directory.string())};
}

struct Outcome {
  MergeResult result;
  BlockFiles files;
};

Outcome merge(const std::vector<LoadedBlock>& blocks, MergeOptions options,
              bool check_health = true) {
  std::vector<std::unique_ptr<testing::MemoryBlockSource>> sources;
  std::vector<MergeInputBlock> inputs;
  for (const LoadedBlock& block : blocks) {
    sources.push_back(std::make_unique<testing::MemoryBlockSource>(block.name, block.files));
    inputs.push_back(
        {.source = sources.back().get(), .range = block.range, .check_health = check_health});
  }
  MemoryBudget budget(std::uint64_t{64} << 20);
  options.budget = &budget;
  options.spill_directory = ::testing::TempDir();
  testing::MemoryBlockSink sink;
  Outcome outcome;
  outcome.result = merge_blocks({}, inputs, sink, options);
  outcome.files = std::move(sink.files);
  return outcome;
}

std::filesystem::path golden(const std::string& name) {
  return std::filesystem::path(STRATA_TEST_DATA) / "golden" / name;
}

// Every result block of a golden bucket that was merged from blocks which are still there.
struct GoldenMerge {
  std::string bucket;
  std::filesystem::path result;
  std::vector<std::filesystem::path> inputs;
};

std::vector<GoldenMerge> golden_merges(const std::string& bucket) {
  std::vector<GoldenMerge> merges;
  const auto find = [&](const std::string& id) {
    const auto made = golden(bucket) / "out" / id;
    return std::filesystem::exists(made / "index") ? made : golden(bucket) / "in" / id;
  };
  for (const auto& entry : std::filesystem::directory_iterator(golden(bucket) / "out")) {
    if (!std::filesystem::exists(entry.path() / "meta.json")) {
      continue;
    }
    nlohmann::json meta;
    std::ifstream(entry.path() / "meta.json") >> meta;
    const auto parents = meta["compaction"].value("parents", nlohmann::json::array());
    const std::int64_t resolution =
        meta.contains("thanos") ? meta["thanos"]["downsample"]["resolution"].get<std::int64_t>()
                                : 0;
    if (parents.empty() || resolution != 0) {
      continue;
    }
    GoldenMerge made{.bucket = bucket, .result = entry.path(), .inputs = {}};
    for (const auto& parent : parents) {
      made.inputs.push_back(find(parent["ulid"]));
    }
    merges.push_back(made);
  }
  return merges;
}

class GoldenBuckets : public ::testing::TestWithParam<const char*> {};

TEST_P(GoldenBuckets, MergeToTheSameBytesWithAnyNumberOfThreads) {
  const std::string bucket = GetParam();
  const auto merges = golden_merges(bucket);
  ASSERT_FALSE(merges.empty());
  for (const GoldenMerge& made : merges) {
    SCOPED_TRACE(made.result.string());
    std::vector<LoadedBlock> blocks;
    for (const auto& input : made.inputs) {
      blocks.push_back(load(input));
    }
    MergeOptions options;
    options.function = bucket == "penalty" ? MergeFunction::kPenalty : MergeFunction::kOneToOne;
    const BlockFiles want = testing::load_block_files(made.result.string());
    for (const unsigned threads : {1U, 2U, 5U}) {
      options.threads = threads;
      const Outcome outcome = merge(blocks, options);
      expect_same_files(outcome.files, want);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, GoldenBuckets,
                         ::testing::Values("h8", "ladder", "native", "vert", "penalty", "real",
                                           "e2e"),
                         [](const auto& param) { return std::string(param.param); });

TEST(Merge, BooksBalanceAndNameWhatWasDropped) {
  const auto merges = golden_merges("vert");
  std::vector<LoadedBlock> blocks;
  for (const auto& input : merges.front().inputs) {
    blocks.push_back(load(input));
  }
  const MergeResult result = merge(blocks, {}).result;
  EXPECT_GT(result.books.read, 0U);
  EXPECT_EQ(result.books.read,
            result.books.written + result.books.duplicates + result.books.outside);
  EXPECT_EQ(result.books.written, result.written.stats.num_samples);
}

LoadedBlock vector_block() {
  nlohmann::json vector;
  std::ifstream(std::string(STRATA_TEST_DATA) + "/vectors/block.json") >> vector;
  LoadedBlock block{.name = "vector", .range = {.min = -1000, .max = 4001}, .files = {}};
  for (const auto& [path, hex] : vector["files"].items()) {
    block.files[path] = testing::from_hex(hex.get<std::string>());
  }
  return block;
}

TEST(Merge, OneBlockWithoutTombstonesIsCopied) {
  LoadedBlock block = vector_block();
  block.files.erase("tombstones");
  const Outcome outcome = merge({block}, {});
  expect_same_files(outcome.files, block.files);
  EXPECT_EQ(outcome.result.written.stats.num_samples, 6U);
}

TEST(Merge, TombstonesDropWholeChunksUnread) {
  LoadedBlock block = vector_block();  // series 5 has its only sample, at 500, outside [-5, 200]
  const Outcome kept = merge({block}, {});
  EXPECT_EQ(kept.result.written.stats.num_samples, 6U);
}

TEST(Merge, UnhealthyChunksAreJudgedBeforeTheyAreUsed) {
  LoadedBlock block = vector_block();
  block.range.max = 3000;
  block.range.min = 0;
  EXPECT_THROW(merge({block}, {}), HealthError);
  EXPECT_NO_THROW(merge({block}, {}, false));
}

TEST(Merge, AChunkOfANewerWriterIsNamed) {
  LoadedBlock block = vector_block();
  Buffer& segment = block.files["chunks/000001"];
  const std::size_t data = segment[8];  // the first record's length byte; then encoding, data, CRC
  segment[9] = 77;
  store_be(segment.data() + 10 + data, crc32c(Bytes(segment).subspan(9, 1 + data)));
  try {
    merge({block}, {});
    FAIL() << "merged what it cannot know";
  } catch (const UnknownEncodingError& error) {
    EXPECT_EQ(error.place().block, "vector");
    EXPECT_EQ(error.place().file, "chunks/000001");
    EXPECT_EQ(error.place().offset, 8U);
  }
}

TEST(Merge, StopsWhenAsked) {
  std::stop_source stop;
  stop.request_stop();
  const LoadedBlock block = vector_block();
  const testing::MemoryBlockSource source(block.name, block.files);
  const MergeInputBlock input{.source = &source, .range = block.range};
  MemoryBudget budget(1 << 20);
  testing::MemoryBlockSink sink;
  MergeOptions options;
  options.budget = &budget;
  options.spill_directory = ::testing::TempDir();
  try {
    merge_blocks(stop.get_token(), std::span(&input, 1), sink, options);
    FAIL() << "was not stopped";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kCancelled);
  }
  EXPECT_TRUE(sink.files.empty());
}

TEST(Merge, DamagedFilesAreNamed) {
  LoadedBlock whole = vector_block();
  LoadedBlock second = vector_block();
  second.name = "second";
  second.files.erase("tombstones");
  const BlockFiles good = merge({whole, second}, {}, false).files;
  for (const auto& [path, bytes] : whole.files) {
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      LoadedBlock bad = whole;
      bad.files[path][bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
      expect_error_or_same([&] { return merge({bad, second}, {}, false).files; }, good,
                           path + " bit " + std::to_string(bit));
    }
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      LoadedBlock bad = whole;
      bad.files[path].resize(size);
      expect_error_or_same([&] { return merge({bad, second}, {}, false).files; }, good,
                           path + " cut at " + std::to_string(size));
    }
  }
}

TEST(Merge, DamageAtEvery64thByteOfLargerBlocksIsNamed) {
  for (const char* folder : {"native", "e2e"}) {
    SCOPED_TRACE(folder);
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(golden(folder) / "in")) {
      paths.push_back(entry.path());
    }
    std::ranges::sort(paths);
    const std::vector<LoadedBlock> blocks{load(paths.at(0)), load(paths.at(1))};
    const BlockFiles good = merge(blocks, {}, false).files;
    testing::for_each_damage(
        blocks[0].files, [&](const BlockFiles& files, const std::string& what) {
          std::vector<LoadedBlock> bad = blocks;
          bad[0].files = files;
          expect_error_or_same([&] { return merge(bad, {}, false).files; }, good, what);
        });
  }
}

}  // namespace
}  // namespace strata::tsdb
