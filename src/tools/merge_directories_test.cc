#include "tools/merge_directories.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/error.h"
#include "objstore/testing/temporary_directory.h"

namespace strata::tools {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream content;
  content << in.rdbuf();
  return content.str();
}

fs::path golden(const std::string& folder) {
  return fs::path(STRATA_TEST_DATA) / "golden" / folder;
}

std::vector<fs::path> folders(const fs::path& root) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(root)) {
    paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  return paths;
}

class MergeDirectories : public ::testing::Test {
 protected:
  MergedDirectory merge(const std::vector<fs::path>& inputs,
                        const MergeDirectoriesOptions& options) {
    return merge_directories({}, inputs, out_.path() / "out", ulids_, budget_, options);
  }

  objstore::testing::TemporaryDirectory out_;
  ManualClock clock_{1'700'000'000'000};
  UlidSource ulids_{clock_, 1};
  MemoryBudget budget_{std::uint64_t{32} << 20};
};

TEST_F(MergeDirectories, MakesWhatPrometheusCompactorMakesOfRealBlocks) {
  const auto merged = merge(folders(golden("real") / "in"), {.threads = 2});
  ASSERT_TRUE(merged.block);
  const fs::path got = out_.path() / "out" / merged.block->to_string();
  const fs::path want = folders(golden("real") / "out").at(0);
  EXPECT_TRUE(read(got / "index") == read(want / "index"));
  EXPECT_TRUE(read(got / "chunks" / "000001") == read(want / "chunks" / "000001"));
  EXPECT_EQ(read(got / "tombstones"), read(want / "tombstones"));
  std::string meta = read(got / "meta.json");
  const std::string id = merged.block->to_string();
  meta.replace(meta.find(id), id.size(), want.filename().string());
  EXPECT_EQ(meta, read(want / "meta.json"));
}

TEST_F(MergeDirectories, LeavesNothingBehindWhenABlockIsBroken) {
  const fs::path copy = out_.path() / "01M8188SS7JS75VVERHAXMP06T";
  fs::copy(golden("real") / "in" / copy.filename(), copy, fs::copy_options::recursive);
  fs::resize_file(copy / "chunks" / "000001", 20'000);
  try {
    merge({copy}, {});
    FAIL() << "merged half a segment";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kCorrupt);
    EXPECT_EQ(error.place().block, copy.filename().string());
    EXPECT_EQ(error.place().file, "chunks/000001");
  }
  EXPECT_TRUE(fs::is_empty(out_.path() / "out"));
}

}  // namespace
}  // namespace strata::tools
