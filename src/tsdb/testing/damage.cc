#include "tsdb/testing/damage.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace strata::tsdb::testing {
namespace {

bool is_of_block(const std::string& path) {
  return path == "index" || path.starts_with("chunks/");
}

}  // namespace

void expect_same_files(const BlockFiles& got, const BlockFiles& want) {
  for (const auto& [path, bytes] : want) {
    if (!is_of_block(path)) {
      continue;
    }
    const auto at = got.find(path);
    ASSERT_NE(at, got.end()) << path;
    EXPECT_TRUE(equal(at->second, bytes)) << path << " differs";
  }
  for (const auto& [path, bytes] : got) {
    EXPECT_TRUE(want.contains(path)) << path << " is one too many";
  }
}

void for_each_damage(const BlockFiles& whole,
                     const std::function<void(const BlockFiles&, const std::string&)>& check) {
  BlockFiles bad = whole;
  for (const auto& [path, bytes] : whole) {
    if (!is_of_block(path) && path != "tombstones") {
      continue;
    }
    const std::size_t step = bytes.size() < 10'000 ? 64 : 64 * 61;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
      bad[path][at] ^= static_cast<std::uint8_t>(1 << at / step % 8);
      check(bad, path + " byte " + std::to_string(at));
      bad[path].resize(at);
      check(bad, path + " cut at " + std::to_string(at));
      bad[path] = bytes;
    }
  }
}

void expect_error_or_same(const std::function<BlockFiles()>& make, const BlockFiles& good,
                          const std::string& damage) {
  try {
    EXPECT_EQ(make(), good) << damage << ": accepted with another result";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kCorrupt) << damage << ": " << error.what();
    EXPECT_FALSE(error.place().block.empty()) << damage << ": " << error.what();
    EXPECT_FALSE(error.place().file.empty()) << damage << ": " << error.what();
  }
}

}  // namespace strata::tsdb::testing
