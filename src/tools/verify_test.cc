#include "tools/verify.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "objstore/testing/memory_bucket.h"

namespace strata::tools {
namespace {

namespace fs = std::filesystem;

class VerifyBucket : public ::testing::Test {
 protected:
  void add_golden(const std::string& folder) {
    const fs::path root = fs::path(STRATA_TEST_DATA) / "golden" / folder;
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
      if (entry.is_regular_file()) {
        std::ifstream in(entry.path(), std::ios::binary);
        std::ostringstream content;
        content << in.rdbuf();
        put(fs::relative(entry.path(), root).string(), content.str());
      }
    }
  }
  void put(const std::string& name, const std::string& content) {
    bucket_.put({}, name, as_bytes(content), {});
  }
  std::string get(const std::string& name) {
    const auto content = bucket_.get({}, name, 1 << 30);
    return std::string(as_text(*content));
  }
  nlohmann::json verify(bool want_good) {
    std::ostringstream out;
    const bool good = verify_bucket({}, bucket_, clock_,
                                    {.ids = {},
                                     .chunks = true,
                                     .threads = 2,
                                     .memory = 1 << 20,
                                     .spill_directory = ::testing::TempDir()},
                                    out);
    EXPECT_EQ(good, want_good) << out.str();
    return nlohmann::json::parse(out.str());
  }

  ManualClock clock_{1'800'000'000'000};
  objstore::testing::MemoryBucket bucket_{clock_};
};

constexpr const char* kFirst = "01M8181T0V0QGZ7DPA1252D9ZC";
constexpr const char* kSecond = "01M8181T59XHANZ0VN9V8ABPNC";

TEST_F(VerifyBucket, AcceptsAGoodBucket) {
  add_golden("h8/in");
  const auto report = verify(true);
  EXPECT_EQ(report["summary"]["blocks"], 6);
  EXPECT_EQ(report["summary"]["bad_blocks"], 0);
}

TEST_F(VerifyBucket, LooksAtEveryBlockWhateverIsWrongWithOthers) {
  add_golden("h8/in");
  std::string index = get(std::string(kFirst) + "/index");
  index[index.size() - 60] ^= 1;
  put(std::string(kFirst) + "/index", index);
  std::string chunks = get(std::string(kSecond) + "/chunks/000001");
  chunks[100] ^= 1;
  put(std::string(kSecond) + "/chunks/000001", chunks);
  const auto report = verify(false);
  EXPECT_EQ(report["summary"]["bad_blocks"], 2);
  EXPECT_EQ(report["summary"]["blocks"], 6);
  EXPECT_EQ(report["blocks"][0]["findings"][0]["file"], "index");
  EXPECT_EQ(report["blocks"][1]["findings"][0]["file"], "chunks/000001");
  EXPECT_EQ(report["blocks"][1]["findings"][0]["check"], "chunk");
}

TEST_F(VerifyBucket, SeesOverlapsDuplicatesAndPartialBlocks) {
  add_golden("h8/in");
  // A copy of the first block under another name: overlaps it and has the same sources.
  const std::string copy = "01M8181T0V0QGZ7DPA1252D9ZD";
  for (const std::string file : {"index", "chunks/000001"}) {
    put(copy + "/" + file, get(std::string(kFirst) + "/" + file));
  }
  std::string meta = get(std::string(kFirst) + "/meta.json");
  const auto at = meta.find(std::string("\"ulid\": \"") + kFirst);
  ASSERT_NE(at, std::string::npos);
  meta.replace(at + 9, copy.size(), copy);
  put(copy + "/meta.json", meta);
  put("01M8181T0V0QGZ7DPA1252D9ZE/index", "half");
  const auto report = verify(false);
  EXPECT_EQ(report["summary"]["overlaps"], 1);
  EXPECT_EQ(report["overlaps"][0]["blocks"].size(), 2U);
  EXPECT_EQ(report["duplicates"], nlohmann::json::array({copy}));
  EXPECT_EQ(report["partial"][0]["ulid"], "01M8181T0V0QGZ7DPA1252D9ZE");
}

TEST_F(VerifyBucket, ComparesTheMetaWithTheFiles) {
  add_golden("h8/in");
  std::string meta = get(std::string(kFirst) + "/meta.json");
  const auto at = meta.find("\"numSeries\": ");
  ASSERT_NE(at, std::string::npos);
  meta.insert(at + 13, "9");
  put(std::string(kFirst) + "/meta.json", meta);
  const auto report = verify(false);
  EXPECT_EQ(report["blocks"][0]["findings"][0]["check"], "meta");
}

}  // namespace
}  // namespace strata::tools
