#include "tsdb/verify_block.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/big_endian.h"
#include "base/crc32c.h"
#include "base/varint.h"
#include "tsdb/chunk/testing/hex.h"
#include "tsdb/index/segment_writer.h"
#include "tsdb/testing/memory_block.h"

namespace strata::tsdb {
namespace {

using testing::BlockFiles;

BlockFiles vector_files() {
  nlohmann::json vector;
  std::ifstream(std::string(STRATA_TEST_DATA) + "/vectors/block.json") >> vector;
  BlockFiles files;
  for (const auto& [path, hex] : vector["files"].items()) {
    files[path] = testing::from_hex(hex.get<std::string>());
  }
  return files;
}

BlockReport verify(const BlockFiles& files, TimeRange range = {.min = -1000, .max = 4001}) {
  const testing::MemoryBlockSource block("vector", files);
  return verify_block({}, block, range,
                      {.chunks = true, .spill_directory = ::testing::TempDir(), .memory = 1 << 20});
}

std::string findings(const BlockReport& report) {
  std::string text;
  for (const Finding& finding : report.findings) {
    text += finding.check + ": " + finding.message + "\n";
  }
  return text;
}

TEST(VerifyBlock, AcceptsWhatTheReferenceWrote) {
  const BlockReport report = verify(vector_files());
  EXPECT_TRUE(report.ok()) << findings(report);
  EXPECT_EQ(report.stats.num_samples, 6U);
  EXPECT_EQ(report.stats.num_series, 2U);
  EXPECT_EQ(report.stats.num_chunks, 3U);
}

TEST(VerifyBlock, AcceptsEveryGoldenBlock) {
  std::size_t blocks = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(
           std::filesystem::path(STRATA_TEST_DATA) / "golden")) {
    if (entry.path().filename() != "index" || entry.path().string().contains("/ladder/in/")) {
      continue;  // the ladder's many inputs are all alike
    }
    const auto directory = entry.path().parent_path();
    nlohmann::json meta =
        nlohmann::json::parse(std::ifstream(directory / "meta.json"), nullptr, false);
    if (meta.is_discarded()) {
      continue;  // one bucket has an unparsable meta on purpose
    }
    const BlockReport report = verify(testing::load_block_files(directory.string()),
                                      {.min = meta["minTime"], .max = meta["maxTime"]});
    EXPECT_TRUE(report.ok()) << directory << "\n" << findings(report);
    EXPECT_EQ(report.stats.num_series, meta["stats"]["numSeries"].get<std::uint64_t>())
        << directory;
    EXPECT_EQ(report.stats.num_samples, meta["stats"]["numSamples"].get<std::uint64_t>())
        << directory;
    ++blocks;
  }
  EXPECT_GT(blocks, 50U);
}

TEST(VerifyBlock, NoticesEveryFlippedBit) {
  const BlockFiles good = vector_files();
  for (const auto& [path, bytes] : good) {
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      BlockFiles bad = good;
      bad[path][bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
      if (path == "index" && bytes[4] + 1 == bad[path][4]) {
        continue;  // version 3 is read as version 2
      }
      EXPECT_FALSE(verify(bad).ok()) << path << " byte " << bit / 8 << " bit " << bit % 8;
    }
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      BlockFiles bad = good;
      bad[path].resize(size);
      EXPECT_FALSE(verify(bad).ok()) << path << " cut at " << size;
    }
  }
}

// Checksums hold, so only who decodes the five chunks within the chunk finds it.
TEST(VerifyBlock, LooksIntoAggregates) {
  nlohmann::json vectors;
  std::ifstream(std::string(STRATA_TEST_DATA) + "/vectors/downsample.json") >> vectors;
  const nlohmann::json& block = vectors["blocks"][0];
  const TimeRange range{.min = block["in_meta"]["minTime"], .max = block["in_meta"]["maxTime"]};
  BlockFiles files;
  for (const char* path : {"index", "chunks/000001"}) {
    files[path] = testing::from_hex(block["out_5m"][path].get<std::string>());
  }
  ASSERT_TRUE(verify(files, range).ok()) << findings(verify(files, range));
  Buffer& segment = files["chunks/000001"];
  std::uint64_t length = 0;
  const std::uint8_t* const encoding =
      get_uvarint(segment.data() + kSegmentHeaderSize, segment.data() + segment.size(), length);
  const auto begin = static_cast<std::size_t>(encoding - segment.data());
  const auto end = begin + 1 + static_cast<std::size_t>(length);
  const std::size_t count_header = begin + 4;  // behind the entry's length and encoding
  const std::size_t count_length = segment[begin + 1];
  const std::size_t sum_header = begin + 1 + 2 + count_length + 2;
  for (const std::size_t at : {count_header, sum_header, end - 1}) {
    BlockFiles bad = files;
    Buffer& changed = bad["chunks/000001"];
    changed[at] ^= 1;
    store_be(changed.data() + end, crc32c(Bytes(changed).subspan(begin, end - begin)));
    const BlockReport report = verify(bad, range);
    ASSERT_TRUE(report.counts.contains("chunk")) << at;
    EXPECT_EQ(report.findings.front().place.offset, kSegmentHeaderSize);
  }
}

TEST(VerifyBlock, GoesOnBehindADamagedChunk) {
  BlockFiles files = vector_files();
  files["chunks/000001"][12] ^= 1;
  files["chunks/000001"][40] ^= 1;
  const BlockReport report = verify(files);
  EXPECT_EQ(report.counts.at("chunk"), 2U) << findings(report);
  EXPECT_EQ(report.findings.front().place.file, "chunks/000001");
  EXPECT_EQ(report.findings.front().place.offset, 8U);
}

TEST(VerifyBlock, FindsBytesThatNoReferenceReaches) {
  BlockFiles files = vector_files();
  files["chunks/000001"].push_back(0);
  EXPECT_EQ(verify(files).counts.at("segment"), 1U);
}

}  // namespace
}  // namespace strata::tsdb
