#include "objstore/folder_scan.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>

#include "objstore/testing/temporary_directory.h"

namespace strata::objstore {
namespace {

std::vector<std::string> scan(const std::filesystem::path& root, std::size_t window,
                              Listing listing) {
  std::vector<std::string> names;
  const Bucket::PageVisitor visit = [&](std::span<const ObjectInfo> page) {
    for (const ObjectInfo& info : page) {
      names.push_back(info.name);
    }
    return true;
  };
  PageCollector pages(visit);
  EXPECT_TRUE(FolderScan({}, root.string(), window).run("", listing, pages));
  return names;
}

TEST(FolderScan, ReadsDirectoriesLargerThanItsWindowInSeveralPasses) {
  const testing::TemporaryDirectory root;
  std::vector<std::string> files;
  std::mt19937 random(7);
  for (int i = 0; i < 200; ++i) {
    const std::string folder = fmt::format("{}", random() % 20);
    const std::string name =
        random() % 3 == 0 ? folder + ".file" : folder + "/" + std::to_string(i);
    if (std::ranges::count(files, name) == 0) {
      std::filesystem::create_directories((root.path() / name).parent_path());
      std::ofstream(root.path() / name) << i;
      files.push_back(name);
    }
  }
  std::ranges::sort(files);
  std::vector<std::string> folders;
  for (const std::string& file : files) {
    const std::string entry = file.substr(0, file.find('/') + 1);
    folders.push_back(entry.empty() ? file : entry);
  }
  std::ranges::sort(folders);
  folders.erase(std::ranges::unique(folders).begin(), folders.end());
  for (const std::size_t window : {1U, 2U, 3U, 7U, 20U, 199U, 1000U}) {
    SCOPED_TRACE(window);
    EXPECT_EQ(scan(root.path(), window, Listing::kRecursive), files);
    EXPECT_EQ(scan(root.path(), window, Listing::kFolder), folders);
  }
}

TEST(FolderScan, ToleratesWhatVanishesWhileItLists) {
  const testing::TemporaryDirectory root;
  for (const char* name : {"a/1", "b/1", "b/2", "c/1", "d"}) {
    std::filesystem::create_directories((root.path() / name).parent_path());
    std::ofstream(root.path() / name) << name;
  }
  std::vector<std::string> names;
  const Bucket::PageVisitor visit = [&](std::span<const ObjectInfo> page) {
    for (const ObjectInfo& info : page) {
      names.push_back(info.name);
    }
    std::filesystem::remove_all(root.path() / "b");
    std::filesystem::remove(root.path() / "d");
    return true;
  };
  // More than a page stands before what vanishes.
  for (int i = 0; i < 1000; ++i) {
    std::ofstream(root.path() / fmt::format("a/{:04}", i)) << i;
  }
  PageCollector pages(visit);
  EXPECT_TRUE(FolderScan({}, root.path().string()).run("", Listing::kRecursive, pages));
  ASSERT_EQ(names.size(), 1002U);
  EXPECT_EQ(names[1000], "a/1");
  EXPECT_EQ(names[1001], "c/1");
}

}  // namespace
}  // namespace strata::objstore
