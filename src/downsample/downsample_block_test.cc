#include "downsample/downsample_block.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "base/big_endian.h"
#include "base/crc32c.h"
#include "base/error.h"
#include "base/varint.h"
#include "tsdb/chunk/testing/vectors.h"
#include "tsdb/index/segment_writer.h"
#include "tsdb/testing/damage.h"
#include "tsdb/testing/memory_block.h"
#include "tsdb/verify_block.h"

namespace strata::downsample {
namespace {

using tsdb::testing::BlockFiles;
using tsdb::testing::expect_error_or_same;
using tsdb::testing::expect_same_files;

constexpr Resolution kRaw = 0;

struct Outcome {
  BlockResult result;
  BlockFiles files;
};

Outcome downsample(const BlockFiles& block, BlockOptions options) {
  const tsdb::testing::MemoryBlockSource source("block", block);
  MemoryBudget budget(std::uint64_t{16} << 20);
  options.budget = &budget;
  options.spill_directory = ::testing::TempDir();
  tsdb::testing::MemoryBlockSink sink;
  Outcome outcome;
  outcome.result = downsample_block({}, source, sink, options);
  outcome.files = std::move(sink.files);
  return outcome;
}

void expect_downsampled(const BlockFiles& block, const BlockFiles& want, Resolution target) {
  for (const unsigned threads : {1U, 2U, 5U}) {
    SCOPED_TRACE(std::to_string(target) + " with threads: " + std::to_string(threads));
    expect_same_files(downsample(block, {.target = target, .threads = threads}).files, want);
  }
}

// Read once: the file is large.
const nlohmann::json& vector_block() {
  static const nlohmann::json kBlock = [] {
    nlohmann::json vectors;
    std::ifstream(std::string(STRATA_TEST_DATA) + "/vectors/downsample.json") >> vectors;
    return vectors["blocks"][0];
  }();
  return kBlock;
}

BlockFiles files_of(const nlohmann::json& hex) {
  BlockFiles files;
  for (const auto& [path, text] : hex.items()) {
    if (!path.ends_with("#sha256")) {
      files[path] = tsdb::testing::from_hex(text.get<std::string>());
    }
  }
  return files;
}

TEST(DownsampleBlock, MakesTheReferencesBytesOfTheWholeBlockVector) {
  const nlohmann::json& vector = vector_block();
  expect_downsampled(files_of(vector["in"]), files_of(vector["out_5m"]), k5m);
  expect_downsampled(files_of(vector["out_5m"]), files_of(vector["out_1h"]), k1h);
}

TEST(DownsampleBlock, CountsTheSeriesOfWhichNothingIsLeft) {
  const Outcome outcome = downsample(files_of(vector_block()["in"]), {.target = k5m});
  EXPECT_EQ(outcome.result.series_read, 5U);
  EXPECT_EQ(outcome.result.series_skipped, 1U);
  EXPECT_EQ(outcome.result.written.stats.num_series, 4U);
  EXPECT_EQ(outcome.result.written.stats.num_samples, 30U);
  const Books& books = outcome.result.books;
  EXPECT_EQ(books.read, 249U);
  EXPECT_EQ(books.read, books.aggregated + books.stale + books.out_of_order + books.nan);
}

// The blocks of a golden bucket's `out` that nothing was merged from, by resolution.
std::map<Resolution, BlockFiles> last_blocks(const std::string& bucket) {
  std::map<Resolution, BlockFiles> blocks;
  std::map<Resolution, std::size_t> sources;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(STRATA_TEST_DATA) +
                                                               "/golden/" + bucket + "/out")) {
    if (!std::filesystem::exists(entry.path() / "meta.json")) {
      continue;
    }
    nlohmann::json meta;
    std::ifstream(entry.path() / "meta.json") >> meta;
    const Resolution resolution = meta["thanos"]["downsample"]["resolution"];
    if (meta["compaction"]["sources"].size() > sources[resolution]) {
      sources[resolution] = meta["compaction"]["sources"].size();
      blocks[resolution] = tsdb::testing::load_block_files(entry.path().string());
    }
  }
  return blocks;
}

TEST(DownsampleBlock, MakesTheReferencesBytesOfGoldenBlocks) {
  for (const std::string bucket : {"ladder", "native"}) {
    SCOPED_TRACE(bucket);
    const auto blocks = last_blocks(bucket);
    ASSERT_TRUE(blocks.contains(k5m));
    expect_downsampled(blocks.at(kRaw), blocks.at(k5m), k5m);
    if (blocks.contains(k1h)) {
      expect_downsampled(blocks.at(k5m), blocks.at(k1h), k1h);
    }
  }
}

// What the reference makes of a block is known for one size of segments only. The rule itself is
// tested where segments are cut; here that whatever the cuts, the block holds the same.
TEST(DownsampleBlock, CutsSegmentsAndStaysSound) {
  const BlockFiles raw = last_blocks("ladder").at(kRaw);
  for (const std::uint64_t size : {2'000U, 5'000U, 70'000U}) {
    const Outcome outcome = downsample(raw, {.target = k5m, .segment_size = size, .threads = 2});
    std::uint64_t segments = 0;
    for (const auto& [path, bytes] : outcome.files) {
      if (path.starts_with("chunks/")) {
        ++segments;
        // One chunk more than the size where even one does not fit.
        EXPECT_LE(bytes.size(), std::max<std::uint64_t>(size, 8'000)) << path;
      }
    }
    EXPECT_GT(segments, 1U) << size;
    const tsdb::testing::MemoryBlockSource written("written", outcome.files);
    tsdb::VerifyOptions options;
    options.spill_directory = ::testing::TempDir();
    const tsdb::BlockReport report =
        tsdb::verify_block({}, written, {.min = 1704326400000, .max = 1705536000000}, options);
    EXPECT_TRUE(report.ok()) << report.findings.front().message;
    EXPECT_EQ(report.stats.num_samples, outcome.result.written.stats.num_samples);
  }
}

TEST(DownsampleBlock, TombstonesAreNotEvenRead) {
  const nlohmann::json& vector = vector_block();
  BlockFiles block = files_of(vector["in"]);
  block["tombstones"] = {1, 2, 3};
  expect_same_files(downsample(block, {.target = k5m}).files, files_of(vector["out_5m"]));
}

struct Chunk {
  tsdb::Encoding encoding = tsdb::Encoding::kXor;
  Buffer data;
  Timestamp time = 0;
};

struct Series {
  std::uint32_t value = 0;  // symbol
  std::vector<Chunk> chunks;
};

// A block of series {a="<value>"}, with more symbols than that.
BlockFiles write_block(const std::vector<Series>& series) {
  tsdb::testing::MemoryBlockSink sink;
  tsdb::BlockWriter writer(sink, {.spill_directory = ::testing::TempDir()});
  for (const char* symbol : {"a", "unused", "v1", "v2", "v3"}) {
    writer.add_symbol(symbol);
  }
  for (const Series& one : series) {
    const tsdb::LabelRef label{.name = 0, .value = one.value};
    std::vector<tsdb::testing::OwnedChunk> owned;
    std::vector<tsdb::ChunkView> views;
    for (const Chunk& chunk : one.chunks) {
      owned.push_back(tsdb::testing::own_chunk(chunk.encoding, chunk.data, chunk.time, chunk.time));
      views.push_back(owned.back().view);
    }
    writer.add_series(std::span(&label, 1), views);
  }
  writer.finish();
  return sink.files;
}

// One sample at `time`.
Buffer xor_data(Timestamp time, std::uint64_t bits) {
  Buffer data{0, 1};
  append_varint(data, time);
  data.resize(data.size() + 8);
  store_be(data.data() + data.size() - 8, bits);
  return data;
}

constexpr std::uint64_t kStale = 0x7ff0000000000002;
constexpr std::uint64_t kOne = 0x3ff0000000000000;

TEST(DownsampleBlock, WritesABlockEvenIfNoSeriesIsLeft) {
  const Buffer stale = xor_data(1000, kStale);
  const BlockFiles block = write_block({{.value = 2, .chunks = {{.data = stale, .time = 1000}}},
                                        {.value = 4, .chunks = {{.data = stale, .time = 1000}}}});
  const Outcome outcome = downsample(block, {.target = k5m});
  EXPECT_EQ(outcome.result.series_skipped, 2U);
  EXPECT_EQ(outcome.result.written.stats.num_series, 0U);
  ASSERT_EQ(outcome.files.size(), 1U);
  // Header, symbols "a" "unused" "v1" "v2" "v3", the empty list of all series with its entry in the
  // table, and the TOC: as the reference writes it.
  const Bytes index = outcome.files.at("index");
  EXPECT_TRUE(equal(index.first(34), Bytes(block.at("index")).first(34)));
  const tsdb::testing::MemoryBlockSource written("written", outcome.files);
  tsdb::VerifyOptions options;
  options.spill_directory = ::testing::TempDir();
  EXPECT_TRUE(tsdb::verify_block({}, written, {.min = 0, .max = 2000}, options).ok());
}

TEST(DownsampleBlock, FailuresNameTheChunk) {
  const Buffer good = xor_data(1000, kOne);
  const Buffer cut(good.begin(), good.end() - 3);
  struct Case {
    const char* name;
    Chunk second;
    std::uint64_t offset;  // of the record that is named
  };
  const std::uint64_t first = tsdb::kSegmentHeaderSize;
  const std::uint64_t record = 1 + 1 + good.size() + 4;
  const Case cases[] = {
      {"cut short", {.data = cut, .time = 2000}, first + record},
      {"an aggregate", {tsdb::Encoding::kAggregate, good, 2000}, first + record},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.name);
    const BlockFiles block =
        write_block({{.value = 2, .chunks = {{.data = good, .time = 1000}, one.second}}});
    try {
      downsample(block, {.target = k5m});
      FAIL() << "downsampled";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kCorrupt);
      EXPECT_EQ(error.place().block, "block");
      EXPECT_EQ(error.place().file, "chunks/000001");
      EXPECT_EQ(error.place().offset, one.offset) << error.what();
    }
  }
}

TEST(DownsampleBlock, StopsWhenAsked) {
  std::stop_source stop;
  stop.request_stop();
  const tsdb::testing::MemoryBlockSource source("block", files_of(vector_block()["in"]));
  MemoryBudget budget(1 << 20);
  tsdb::testing::MemoryBlockSink sink;
  const BlockOptions options{
      .target = k5m, .spill_directory = ::testing::TempDir(), .budget = &budget};
  try {
    downsample_block(stop.get_token(), source, sink, options);
    FAIL() << "was not stopped";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kCancelled);
  }
  EXPECT_TRUE(sink.files.empty());
}

TEST(DownsampleBlock, DamagedFilesAreNamed) {
  const nlohmann::json& vector = vector_block();
  for (const auto& [level, target] : {std::pair("in", k5m), {"out_5m", k1h}}) {
    SCOPED_TRACE(level);
    const BlockFiles block = files_of(vector[level]);
    const BlockFiles good = downsample(block, {.target = target}).files;
    tsdb::testing::for_each_damage(block, [&](const BlockFiles& bad, const std::string& damage) {
      expect_error_or_same([&] { return downsample(bad, {.target = target}).files; }, good, damage);
    });
  }
}

// Damage that no checksum finds: whatever the data says, there is a block or an error that names
// the chunk.
TEST(DownsampleBlock, DamageBehindChecksumsIsHarmlessOrNamed) {
  constexpr std::size_t kStep = 101;  // bits; meets every position within bytes
  const nlohmann::json& vector = vector_block();
  for (const auto& [level, target] : {std::pair("in", k5m), {"out_5m", k1h}}) {
    const BlockFiles block = files_of(vector[level]);
    const Buffer& segment = block.at("chunks/000001");
    std::size_t at = tsdb::kSegmentHeaderSize;
    while (at < segment.size()) {
      std::uint64_t length = 0;
      const std::uint8_t* const encoding =
          get_uvarint(segment.data() + at, segment.data() + segment.size(), length);
      const auto begin = static_cast<std::size_t>(encoding - segment.data());
      const std::size_t end = begin + 1 + static_cast<std::size_t>(length);
      for (std::size_t bit = 8 * (begin + 1); bit < 8 * end; bit += kStep) {
        SCOPED_TRACE(std::string(level) + " bit " + std::to_string(bit));
        BlockFiles bad = block;
        Buffer& changed = bad["chunks/000001"];
        changed[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
        store_be(changed.data() + end, crc32c(Bytes(changed).subspan(begin, end - begin)));
        try {
          downsample(bad, {.target = target});
        } catch (const Error& error) {
          EXPECT_EQ(error.kind(), ErrorKind::kCorrupt) << error.what();
          EXPECT_EQ(error.place().block, "block");
          EXPECT_EQ(error.place().file, "chunks/000001") << error.what();
        }
      }
      at = end + 4;
    }
  }
}

}  // namespace
}  // namespace strata::downsample
