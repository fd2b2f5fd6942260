#include "objstore/filesystem.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <set>

#include "base/error.h"
#include "objstore/testing/bucket_contract.h"
#include "objstore/testing/temporary_directory.h"

namespace strata::objstore {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using testing::get_text;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::list_names;
using testing::put_text;

class FilesystemBucketTest : public ::testing::Test {
 protected:
  const fs::path& root() const { return directory_.path(); }
  std::size_t temporaries() const {
    std::error_code ignored;
    return static_cast<std::size_t>(std::distance(
        fs::directory_iterator(root() / ".strata/tmp", ignored), fs::directory_iterator()));
  }
  void write(const fs::path& path, std::string_view content) const {
    fs::create_directories((root() / path).parent_path());
    std::ofstream(root() / path) << content;
  }

  template <class Call>
  static Error error_of(const Call& call) {
    try {
      call();
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "no error";
    return {ErrorKind::kInvalid, "no error"};
  }

  testing::TemporaryDirectory directory_;
  SystemClock clock_;
  FilesystemBucket bucket_{directory_.path(), clock_};
};

TEST_F(FilesystemBucketTest, IsNamedAfterItsAbsoluteDirectory) {
  EXPECT_EQ(bucket_.name(), "fs: " + root().string());
  EXPECT_EQ(FilesystemBucket(root() / "a/../b//", clock_).name(), "fs: " + (root() / "b").string());
  EXPECT_EQ(FilesystemBucket("relative", clock_).name(),
            "fs: " + (fs::current_path() / "relative").string());
  EXPECT_EQ(FilesystemBucket("/", clock_).name(), "fs: /");
}

TEST_F(FilesystemBucketTest, KeepsObjectsAsPlainFiles) {
  put_text(bucket_, "block/meta.json", "{}");
  EXPECT_EQ(fs::file_size(root() / "block/meta.json"), 2U);
  EXPECT_EQ(fs::hard_link_count(root() / "block/meta.json"), 1U);
  bucket_.put({}, "once", as_bytes("x"), {.create_only = true, .if_etag = {}});
  EXPECT_EQ(fs::hard_link_count(root() / "once"), 1U);
  EXPECT_EQ(temporaries(), 0U);
}

TEST_F(FilesystemBucketTest, WritesNothingUntilTheFirstPut) {
  FilesystemBucket fresh(root() / "fresh", clock_);
  EXPECT_THAT(list_names(fresh, "", Listing::kRecursive), IsEmpty());
  EXPECT_FALSE(fresh.stat({}, "x").has_value());
  EXPECT_FALSE(fs::exists(root() / "fresh"));
  put_text(bucket_, "x", "x");
  EXPECT_TRUE(fs::exists(root() / ".strata"));
}

TEST_F(FilesystemBucketTest, FailedPutsLeaveNoTemporaryFile) {
  put_text(bucket_, "a", "x");
  const PutCondition create_only{.create_only = true, .if_etag = {}};
  EXPECT_THROW(bucket_.put({}, "a", as_bytes("y"), create_only), Error);
  EXPECT_THROW(bucket_.put({}, "a/below", as_bytes("y"), {}), Error);
  {
    const auto abandoned = bucket_.create({}, "b", {});
  }
  EXPECT_EQ(temporaries(), 0U);
}

TEST_F(FilesystemBucketTest, ItsOwnFolderHoldsNoObjects) {
  const auto open = bucket_.create({}, "x", {});
  put_text(bucket_, "deeper/.strata/x", "an object like any other");
  EXPECT_THAT(list_names(bucket_, "", Listing::kFolder), ElementsAre("deeper/"));
  EXPECT_THAT(list_names(bucket_, "", Listing::kRecursive), ElementsAre("deeper/.strata/x"));
  EXPECT_THAT(list_names(bucket_, ".strata/", Listing::kRecursive), IsEmpty());
  EXPECT_THAT(list_names(bucket_, ".strata/tmp/", Listing::kRecursive), IsEmpty());
  for (const std::string_view name : {".strata", ".strata/lock", ".strata/tmp/x"}) {
    EXPECT_EQ(error_of([&] { put_text(bucket_, name, "x"); }).kind(), ErrorKind::kInvalid);
    EXPECT_EQ(error_of([&] { (void)bucket_.stat({}, name); }).kind(), ErrorKind::kInvalid);
    EXPECT_EQ(error_of([&] { bucket_.remove({}, name); }).kind(), ErrorKind::kInvalid);
  }
}

TEST_F(FilesystemBucketTest, EmptyFoldersDoNotShow) {
  fs::create_directories(root() / "empty");
  fs::create_directories(root() / "nested/chunks/deeper");
  write("full/chunks/1", "x");
  EXPECT_THAT(list_names(bucket_, "", Listing::kFolder), ElementsAre("full/"));
  EXPECT_THAT(list_names(bucket_, "", Listing::kRecursive), ElementsAre("full/chunks/1"));
  EXPECT_THAT(list_names(bucket_, "empty/", Listing::kFolder), IsEmpty());
}

TEST_F(FilesystemBucketTest, RemovingTheLastObjectRemovesItsFoldersButNeverTheBucket) {
  write("a/b/c/1", "x");
  write("a/2", "x");
  bucket_.remove({}, "a/b/c/1");
  EXPECT_FALSE(fs::exists(root() / "a/b"));
  EXPECT_TRUE(fs::exists(root() / "a/2"));
  bucket_.remove({}, "a/2");
  EXPECT_FALSE(fs::exists(root() / "a"));
  write("top", "x");
  bucket_.remove({}, "top");
  EXPECT_TRUE(fs::exists(root()));
}

TEST_F(FilesystemBucketTest, FollowsLinks) {
  testing::TemporaryDirectory elsewhere;
  std::ofstream(elsewhere.path() / "object") << "content";
  fs::create_symlink(elsewhere.path(), root() / "folder");
  fs::create_symlink(elsewhere.path() / "object", root() / "link");
  EXPECT_THAT(list_names(bucket_, "", Listing::kFolder), ElementsAre("folder/", "link"));
  EXPECT_THAT(list_names(bucket_, "", Listing::kRecursive), ElementsAre("folder/object", "link"));
  EXPECT_EQ(get_text(bucket_, "link"), "content");
  EXPECT_EQ(get_text(bucket_, "folder/object"), "content");
  bucket_.remove({}, "link");
  EXPECT_TRUE(fs::exists(elsewhere.path() / "object"));
  put_text(bucket_, "folder/other", "x");
  EXPECT_TRUE(fs::exists(elsewhere.path() / "other"));
}

TEST_F(FilesystemBucketTest, WhatIsNoFileIsNoObject) {
  fs::create_symlink(root() / "nowhere", root() / "dangling");
  ASSERT_EQ(::mkfifo((root() / "pipe").c_str(), 0600), 0);
  put_text(bucket_, "object", "x");
  EXPECT_THAT(list_names(bucket_, "", Listing::kRecursive), ElementsAre("object"));
  EXPECT_THAT(list_names(bucket_, "", Listing::kFolder), ElementsAre("object"));
  for (const std::string_view name : {"dangling", "pipe"}) {
    EXPECT_FALSE(bucket_.stat({}, name).has_value());
    EXPECT_FALSE(bucket_.get({}, name, 10).has_value());
  }
  const PutCondition create_only{.create_only = true, .if_etag = {}};
  EXPECT_EQ(error_of([&] { bucket_.put({}, "dangling", {}, create_only); }).kind(),
            ErrorKind::kConflict);
  put_text(bucket_, "dangling", "now an object");
  EXPECT_FALSE(fs::is_symlink(root() / "dangling"));
  EXPECT_FALSE(fs::exists(root() / "nowhere"));
}

TEST_F(FilesystemBucketTest, ALoopOfLinksIsAnErrorAndNoEndlessListing) {
  write("folder/object", "x");
  fs::create_directory_symlink(root(), root() / "folder/up");
  EXPECT_THAT(list_names(bucket_, "", Listing::kFolder), ElementsAre("folder/"));
  const Error error = error_of([&] { list_names(bucket_, "", Listing::kRecursive); });
  EXPECT_EQ(error.kind(), ErrorKind::kInvalid);
  EXPECT_THAT(error.what(), HasSubstr("folder/up"));
  fs::create_symlink("self", root() / "self");
  EXPECT_EQ(error_of([&] { (void)bucket_.stat({}, "self"); }).kind(), ErrorKind::kInvalid);
}

TEST_F(FilesystemBucketTest, ErrorsSayWhatAndWhere) {
  write("file", "x");
  fs::create_directory(root() / "folder");
  struct Case {
    const char* name;
    ErrorKind kind;
    const char* part;
  };
  const std::string long_name(300, 'n');
  const Case cases[] = {{"file/below", ErrorKind::kInvalid, "Not a directory"},
                        {"file/deep/below", ErrorKind::kInvalid, "Not a directory"},
                        {"folder", ErrorKind::kInvalid, "Is a directory"},
                        {long_name.c_str(), ErrorKind::kInvalid, "File name too long"}};
  for (const Case& test : cases) {
    SCOPED_TRACE(test.name);
    const Error error = error_of([&] { put_text(bucket_, test.name, "x"); });
    EXPECT_EQ(error.kind(), test.kind);
    EXPECT_THAT(error.what(), HasSubstr(test.part));
    EXPECT_THAT(error.what(), HasSubstr(root().string()));
    EXPECT_EQ(error.place().file, test.name);
  }
  EXPECT_EQ(get_text(bucket_, "file"), "x");
}

TEST_F(FilesystemBucketTest, UnreadableFilesAndFoldersAreDenied) {
  if (::geteuid() == 0) {
    // Root reads everything: try as nobody, in a process of its own.
    ASSERT_EQ(::chmod(root().c_str(), 0777), 0);
  }
  write("closed/object", "x");
  write("secret", "x");
  fs::permissions(root() / "secret", fs::perms::none);
  fs::permissions(root() / "closed", fs::perms::none);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    if (::geteuid() == 0 && ::setuid(65534) != 0) {
      ::_exit(1);
    }
    const auto denied = [](const auto& call, const char* part) {
      try {
        call();
      } catch (const Error& error) {
        return error.kind() == ErrorKind::kDenied &&
               std::string_view(error.what()).find(part) != std::string_view::npos;
      }
      return false;
    };
    const bool ok = denied([&] { (void)bucket_.get({}, "secret", 10); }, "secret") &&
                    denied([&] { list_names(bucket_, "", Listing::kFolder); }, "closed") &&
                    denied([&] { list_names(bucket_, "", Listing::kRecursive); }, "closed") &&
                    denied([&] { (void)bucket_.stat({}, "closed/object"); }, "closed") &&
                    denied([&] { put_text(bucket_, "closed/new", "x"); }, "closed") &&
                    denied([&] { bucket_.remove({}, "closed/object"); }, "closed");
    ::_exit(ok ? 0 : 2);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  fs::permissions(root() / "closed", fs::perms::all);
}

TEST_F(FilesystemBucketTest, ADirectoryThatIsNoneIsRefused) {
  write("file", "x");
  const Error error = error_of([&] { FilesystemBucket(root() / "file", clock_); });
  EXPECT_EQ(error.kind(), ErrorKind::kInvalid);
  EXPECT_THAT(error.what(), HasSubstr((root() / "file").string() + ": not a directory"));
  EXPECT_EQ(error_of([&] { FilesystemBucket("", clock_); }).kind(), ErrorKind::kInvalid);
}

TEST_F(FilesystemBucketTest, RemovesTemporaryFilesThatNobodyHasWrittenToForADay) {
  using std::chrono::hours;
  write(".strata/tmp/old", "x");
  write(".strata/tmp/young", "x");
  write(".strata/keep", "x");
  const auto now = fs::file_time_type::clock::now();
  fs::last_write_time(root() / ".strata/tmp/old", now - hours(25));
  fs::last_write_time(root() / ".strata/keep", now - hours(25));
  fs::last_write_time(root() / ".strata/tmp/young", now - hours(23));
  const FilesystemBucket again(root(), clock_);
  EXPECT_FALSE(fs::exists(root() / ".strata/tmp/old"));
  EXPECT_TRUE(fs::exists(root() / ".strata/tmp/young"));
  EXPECT_TRUE(fs::exists(root() / ".strata/keep"));
}

TEST_F(FilesystemBucketTest, AFullDiskIsExhaustionAndLeavesNothing) {
  // A limit on the size of files stands in for a full disk.
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{.rlim_cur = 100'000, .rlim_max = 100'000};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) {
      ::_exit(1);
    }
    try {
      put_text(bucket_, "big", std::string(200'000, 'x'));
    } catch (const Error& error) {
      ::_exit(error.kind() == ErrorKind::kExhausted && error.place().file == "big" ? 0 : 2);
    }
    ::_exit(3);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_THAT(list_names(bucket_, "", Listing::kRecursive), IsEmpty());
  EXPECT_EQ(temporaries(), 0U);
}

TEST_F(FilesystemBucketTest, CreatorsInDifferentProcessesRaceFairly) {
  constexpr int kProcesses = 8;
  int gate[2];
  ASSERT_EQ(::pipe(gate), 0);
  std::vector<pid_t> children;
  for (int i = 0; i < kProcesses; ++i) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      char go = 0;
      ::close(gate[1]);
      (void)!::read(gate[0], &go, 1);
      try {
        bucket_.put({}, "race/object", as_bytes(std::to_string(i)),
                    {.create_only = true, .if_etag = {}});
      } catch (const Error& error) {
        ::_exit(error.kind() == ErrorKind::kConflict ? 1 : 2);
      }
      ::_exit(0);
    }
    children.push_back(child);
  }
  ::close(gate[0]);
  ::close(gate[1]);
  std::multiset<int> results;
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    results.insert(WEXITSTATUS(status));
  }
  EXPECT_EQ(results.count(0), 1U);
  EXPECT_EQ(results.count(1), kProcesses - 1U);
}

}  // namespace
}  // namespace strata::objstore
