#include "objstore/open_files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace strata::objstore {
namespace {

class OpenFilesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "open-files-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    directory_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string make(const std::string& name, std::string_view content) {
    const std::string path = directory_ / name;
    write_file_atomically(path, as_bytes(content));
    return path;
  }
  void keep(const std::string& path) {
    files_.keep(path, std::make_shared<const File>(File::open_read(path)));
  }

  std::filesystem::path directory_;
  OpenFiles files_;
};

TEST_F(OpenFilesTest, GivesBackWhatWasKept) {
  const std::string path = make("a", "content");
  EXPECT_EQ(files_.find(path), nullptr);
  keep(path);
  const auto file = files_.find(path);
  ASSERT_NE(file, nullptr);
  EXPECT_EQ(file->size(), 7U);
}

TEST_F(OpenFilesTest, ForgetsAFileThatWasRemovedOrReplaced) {
  const std::string removed = make("removed", "old");
  const std::string replaced = make("replaced", "old");
  const std::string forgotten = make("forgotten", "old");
  for (const std::string& path : {removed, replaced, forgotten}) {
    keep(path);
  }
  std::filesystem::remove(removed);
  make("replaced", "new content");
  files_.forget(forgotten);
  EXPECT_EQ(files_.find(removed), nullptr);
  EXPECT_EQ(files_.find(replaced), nullptr);
  EXPECT_EQ(files_.find(forgotten), nullptr);
}

TEST_F(OpenFilesTest, ClosesTheOneThatWasNotUsedForLongest) {
  const std::string first = make("first", "1");
  const std::string second = make("second", "2");
  keep(first);
  keep(second);
  const std::weak_ptr<const File> oldest = files_.find(second);
  EXPECT_NE(files_.find(first), nullptr);
  for (std::size_t i = 2; i <= OpenFiles::kMost; ++i) {
    keep(make(std::to_string(i), "x"));
  }
  EXPECT_TRUE(oldest.expired());
  EXPECT_EQ(files_.find(second), nullptr);
  EXPECT_NE(files_.find(first), nullptr);
}

}  // namespace
}  // namespace strata::objstore
