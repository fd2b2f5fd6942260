#include "tools/downsample_directory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "objstore/testing/temporary_directory.h"
#include "tools/block_directory.h"

namespace strata::tools {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  return read_file(path, std::uint64_t{1} << 30);
}

fs::path ladder(const char* block) {
  return fs::path(STRATA_TEST_DATA) / "golden" / "ladder" / "out" / block;
}

const fs::path kRaw = ladder("01M818278E0TEB9SWR2YWVAH9V");
const fs::path k5m = ladder("01M81827ANYS9TB6ZGCSFXPS7T");
const fs::path k1h = ladder("01M81827E447QH5QZ2022MNAT1");

// Without what uploading sets.
nlohmann::json bare_meta(const fs::path& block) {
  nlohmann::json meta = nlohmann::json::parse(read(block / "meta.json"));
  meta["ulid"] = "";
  meta["thanos"].erase("files");
  meta["thanos"].erase("upload_time");
  return meta;
}

class DownsampleDirectory : public ::testing::Test {
 protected:
  fs::path downsample(const fs::path& input, downsample::Resolution target) {
    const auto made = downsample_directory({}, input, out_.path() / "out", ulids_, budget_,
                                           {.target = target, .threads = 2});
    return out_.path() / "out" / made.block.to_string();
  }

  objstore::testing::TemporaryDirectory out_;
  ManualClock clock_{1'700'000'000'000};
  UlidSource ulids_{clock_, 1};
  MemoryBudget budget_{std::uint64_t{32} << 20};
};

TEST_F(DownsampleDirectory, MakesWhatTheReferenceMakesLevelByLevel) {
  const fs::path five_minutes = downsample(kRaw, downsample::k5m);
  const fs::path hours = downsample(five_minutes, downsample::k1h);
  for (const auto& [got, want] : {std::pair(five_minutes, k5m), {hours, k1h}}) {
    SCOPED_TRACE(want.string());
    EXPECT_TRUE(read(got / "index") == read(want / "index"));
    EXPECT_TRUE(read(got / "chunks" / "000001") == read(want / "chunks" / "000001"));
    EXPECT_EQ(bare_meta(got), bare_meta(want));
    EXPECT_EQ(std::distance(fs::directory_iterator(got), fs::directory_iterator()), 3);
  }
}

TEST_F(DownsampleDirectory, TakesOnlyTheResolutionBelow) {
  struct Case {
    fs::path input;
    downsample::Resolution target;
    const char* message;
  };
  const Case cases[] = {
      {kRaw, downsample::k1h, "a block of 1h is made from one of 5m, not of raw"},
      {k5m, downsample::k5m, "a block of 5m is made from one of raw, not of 5m"},
      {k1h, downsample::k1h, "a block of 1h is made from one of 5m, not of 1h"},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.message);
    try {
      downsample(one.input, one.target);
      ADD_FAILURE() << "downsampled";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInvalid);
      EXPECT_EQ(error.message(), one.message);
      EXPECT_EQ(error.place().block, one.input.filename().string());
    }
  }
  EXPECT_FALSE(fs::exists(out_.path() / "out"));
}

TEST_F(DownsampleDirectory, LeavesNothingBehindWhenABlockIsBroken) {
  const fs::path copy = out_.path() / k5m.filename();
  fs::copy(k5m, copy, fs::copy_options::recursive);
  fs::resize_file(copy / "chunks" / "000001", 20'000);
  try {
    downsample(copy, downsample::k1h);
    FAIL() << "downsampled half a segment";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kCorrupt);
    EXPECT_EQ(error.place().block, copy.filename().string());
    EXPECT_EQ(error.place().file, "chunks/000001");
  }
  EXPECT_TRUE(fs::is_empty(out_.path() / "out"));
}

}  // namespace
}  // namespace strata::tools
