#include "block/snapshot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "base/file.h"
#include "block/object_name.h"
#include "objstore/testing/counting_bucket.h"
#include "objstore/testing/faulty_bucket.h"
#include "objstore/testing/memory_bucket.h"
#include "objstore/testing/temporary_directory.h"

namespace strata::block {
namespace {

using objstore::testing::Call;
using objstore::testing::CallKind;
using objstore::testing::CountingBucket;
using objstore::testing::Fault;
using objstore::testing::FaultyBucket;
using objstore::testing::MemoryBucket;
using objstore::testing::TemporaryDirectory;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Ulid id(int n) {
  std::array<std::uint8_t, 16> bytes{0, 1};
  bytes[15] = static_cast<std::uint8_t>(n);
  return Ulid(bytes);
}

class SnapshotTest : public ::testing::Test {
 protected:
  void put(const Ulid& block, const std::string& file, const std::string& content) {
    bucket_.put({}, object_name(block, file), as_bytes(content), {});
  }
  void put_meta(const Ulid& block, const std::string& source = "sidecar") {
    Meta meta;
    meta.ulid = block;
    meta.thanos.source = source;
    put(block, "meta.json", format_meta(meta));
  }
  SnapshotOptions options() const {
    return {.cache_directory = directory_.path() / "meta-syncer",
            .concurrency = 3,
            .listing_is_consistent = true};
  }
  std::shared_ptr<const Snapshot> read() {
    return SnapshotReader(counting_, options()).read({}, clock_);
  }
  std::size_t gets() const { return counting_.count(CallKind::kGet); }

  ManualClock clock_{1'000'000};
  MemoryBucket bucket_{clock_};
  CountingBucket counting_{bucket_};
  TemporaryDirectory directory_;
};

TEST_F(SnapshotTest, TellsWhatTheListingShows) {
  put_meta(id(1));
  clock_.set(2'000'000);
  put(id(1), "index", "12345");
  put(id(1), "chunks/000002", "12");
  put(id(1), "chunks/000001", "1");
  put(id(1), "chunks/000001.tmp", "1");
  clock_.set(1'500'000);
  put(id(1), "tombstones", "123");
  const auto snapshot = read();
  EXPECT_EQ(snapshot->taken, 1'500'000);
  const BlockEntry& block = snapshot->blocks.at(id(1));
  EXPECT_EQ(block.state, BlockState::kWhole);
  EXPECT_EQ(block.meta->ulid, id(1));
  EXPECT_EQ(block.files.objects, 6U);
  EXPECT_EQ(block.files.bytes, block.files.meta->size + 12);
  EXPECT_EQ(block.files.index_size, 5U);
  EXPECT_EQ(block.files.tombstones_size, 3U);
  EXPECT_EQ(block.files.newest, 2'000'000);
  ASSERT_THAT(block.files.segments, SizeIs(2));
  EXPECT_EQ(block.files.segments[0].name, "000001");
  EXPECT_EQ(block.files.segments[1].size, 2U);
}

TEST_F(SnapshotTest, SkipsFoldersThatAreNoBlocks) {
  const std::string lower = "01m8181t0v0qgz7dpa1252d9zc/meta.json";
  for (const std::string& name :
       {std::string("debug/meta.json"), std::string("0zzz0000000000000000000000/meta.json"), lower,
        std::string("01M8181T0V0QGZ7DPA1252D9ZC")}) {
    bucket_.put({}, name, as_bytes("x"), {});
  }
  EXPECT_THAT(read()->blocks, IsEmpty());
}

TEST_F(SnapshotTest, SortsOutBlocksThatAreNotWhole) {
  put(id(1), "index", "x");
  put(id(2), "meta.json", "");
  put(id(3), "meta.json", R"({"version":2})");
  put_meta(id(9));
  const auto other = bucket_.get({}, object_name(id(9), "meta.json"), 10'000);
  bucket_.put({}, object_name(id(4), "meta.json"), *other, {});
  const auto snapshot = read();
  EXPECT_EQ(snapshot->blocks.at(id(1)).state, BlockState::kNoMeta);
  EXPECT_EQ(snapshot->blocks.at(id(2)).state, BlockState::kCorruptMeta);
  EXPECT_EQ(snapshot->blocks.at(id(3)).state, BlockState::kFailed);
  EXPECT_THAT(snapshot->blocks.at(id(3)).reason, HasSubstr("version 2"));
  EXPECT_EQ(snapshot->blocks.at(id(4)).state, BlockState::kFailed);
  EXPECT_THAT(snapshot->blocks.at(id(4)).reason, HasSubstr(id(9).to_string()));
  EXPECT_EQ(snapshot->blocks.at(id(9)).state, BlockState::kWhole);
}

TEST_F(SnapshotTest, ReadsOnlyMarksThatAreListed) {
  put_meta(id(1));
  put_meta(id(2));
  put_mark({}, bucket_,
           {.kind = MarkKind::kNoCompact,
            .block = id(2),
            .details = {},
            .time_s = 5,
            .reason = "manual"});
  const auto snapshot = read();
  EXPECT_EQ(gets(), 3U);
  EXPECT_FALSE(snapshot->blocks.at(id(1)).mark(MarkKind::kNoCompact));
  EXPECT_EQ(snapshot->blocks.at(id(2)).mark(MarkKind::kNoCompact)->mark.time_s, 5);
}

TEST_F(SnapshotTest, AsksForEveryMarkWhereListingsLag) {
  put_meta(id(1));
  SnapshotOptions lagging = options();
  lagging.listing_is_consistent = false;
  SnapshotReader(counting_, lagging).read({}, clock_);
  EXPECT_EQ(gets(), 4U);
}

TEST_F(SnapshotTest, TakesAMarkOfAnotherVersionForAMarkAndAnUnparsableOneForNone) {
  put_meta(id(1));
  put(id(1), "deletion-mark.json", R"({"version":2})");
  put(id(1), "no-compact-mark.json", "{");
  const auto snapshot = read();
  const BlockEntry& block = snapshot->blocks.at(id(1));
  EXPECT_THAT(block.mark(MarkKind::kDeletion)->error, HasSubstr("version 2"));
  EXPECT_EQ(block.mark(MarkKind::kDeletion)->mark.block, id(1));
  EXPECT_FALSE(block.mark(MarkKind::kNoCompact));
  EXPECT_THAT(snapshot->warnings, ElementsAre(HasSubstr("no-compact-mark.json")));
}

TEST_F(SnapshotTest, CostsTheListingAloneWhenNothingChanged) {
  put_meta(id(1));
  put(id(1), "no-compact-mark.json", R"({"version":1})");
  put(id(2), "meta.json", "damaged");
  SnapshotReader reader(counting_, {});
  const auto first = reader.read({}, clock_);
  EXPECT_EQ(first->metas_fetched, 2U);
  counting_.reset();
  const auto second = reader.read({}, clock_);
  EXPECT_THAT(counting_.calls(), SizeIs(1));
  EXPECT_EQ(second->metas_fetched, 0U);
  EXPECT_EQ(second->blocks.at(id(1)).meta, first->blocks.at(id(1)).meta);
  EXPECT_TRUE(second->blocks.at(id(1)).mark(MarkKind::kNoCompact));
  EXPECT_EQ(second->blocks.at(id(2)).state, BlockState::kCorruptMeta);
}

TEST_F(SnapshotTest, SeesWhatChanged) {
  put_meta(id(1), "sidecar");
  put(id(1), "no-compact-mark.json", R"({"version":1,"no_compact_time":1})");
  SnapshotReader reader(bucket_, options());
  reader.read({}, clock_);
  clock_.advance(std::chrono::seconds(1));
  put_meta(id(1), "ruler00");  // as long as before
  put(id(1), "no-compact-mark.json", R"({"version":1,"no_compact_time":2})");
  const auto snapshot = reader.read({}, clock_);
  EXPECT_EQ(snapshot->blocks.at(id(1)).meta->thanos.source, "ruler00");
  EXPECT_EQ(snapshot->blocks.at(id(1)).mark(MarkKind::kNoCompact)->mark.time_s, 2);
  EXPECT_EQ(
      SnapshotReader(bucket_, options()).read({}, clock_)->blocks.at(id(1)).meta->thanos.source,
      "ruler00");
}

TEST_F(SnapshotTest, KeepsMetasOnDiskFromOneRunToTheNext) {
  put_meta(id(1));
  put_meta(id(2));
  read();
  const auto cached = directory_.path() / "meta-syncer" / id(1).to_string() / "meta.json";
  EXPECT_TRUE(std::filesystem::exists(cached));
  counting_.reset();
  EXPECT_EQ(read()->blocks.at(id(1)).meta->thanos.source, "sidecar");
  EXPECT_EQ(gets(), 0U);
  bucket_.remove({}, object_name(id(1), "meta.json"));
  read();
  EXPECT_FALSE(std::filesystem::exists(cached.parent_path()));
}

TEST_F(SnapshotTest, RefusesCachedMetasThatAreDamagedOrAnothersOrOld) {
  const auto cached = directory_.path() / "meta-syncer" / id(1).to_string() / "meta.json";
  put_meta(id(1));
  read();
  const std::string whole = read_file(cached, kMaxMetaSize);
  std::string other = whole;
  other.replace(other.find("sidecar"), 7, "SIDECAR");
  for (const std::string& content : {std::string(), whole.substr(0, whole.size() / 2), other}) {
    write_file_atomically(cached, as_bytes(content));
    counting_.reset();
    EXPECT_EQ(read()->blocks.at(id(1)).meta->thanos.source, "sidecar");
    EXPECT_EQ(gets(), 1U);
  }
}

TEST_F(SnapshotTest, TakesOverTheCacheOfTheReferenceWhereItIsNewer) {
  // Its cache has no versions: only a file of the same length, written after the object, will do.
  put_meta(id(1));
  const auto cache = directory_.path() / "meta-syncer";
  read();
  std::filesystem::remove(cache / "versions");
  counting_.reset();
  read();
  EXPECT_EQ(gets(), 0U);
  std::filesystem::remove(cache / "versions");
  std::filesystem::last_write_time(
      cache / id(1).to_string() / "meta.json",
      std::chrono::file_clock::from_sys(std::chrono::system_clock::time_point()));
  read();
  EXPECT_EQ(gets(), 1U);
}

TEST_F(SnapshotTest, DoesWithoutACacheThatCannotBeWritten) {
  put_meta(id(1));
  std::ofstream(directory_.path() / "meta-syncer") << "a file in the way";
  const auto snapshot = read();
  EXPECT_EQ(snapshot->blocks.at(id(1)).state, BlockState::kWhole);
  EXPECT_FALSE(snapshot->warnings.empty());
}

TEST_F(SnapshotTest, IsIncompleteWhenAnythingCannotBeRead) {
  for (int i = 1; i < 20; ++i) {
    put_meta(id(i));
  }
  put(id(3), "no-compact-mark.json", R"({"version":1})");
  for (const std::string failing : {"meta.json", "no-compact-mark.json"}) {
    FaultyBucket faulty(bucket_, [&](const Call& call) {
      return call.kind == CallKind::kGet && call.object == object_name(id(3), failing)
                 ? Fault::kFail
                 : Fault::kNone;
    });
    try {
      SnapshotReader(faulty, {}).read({}, clock_);
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kTransient);
      EXPECT_THAT(error.what(), HasSubstr("incomplete view"));
    }
  }
}

TEST_F(SnapshotTest, TakesAMetaThatVanishesForAMissingOne) {
  put_meta(id(1));
  FaultyBucket faulty(bucket_, [](const Call& call) {
    return call.kind == CallKind::kGet ? Fault::kHide : Fault::kNone;
  });
  EXPECT_EQ(SnapshotReader(faulty, {}).read({}, clock_)->blocks.at(id(1)).state,
            BlockState::kNoMeta);
}

TEST_F(SnapshotTest, EndsWhenItIsStopped) {
  put_meta(id(1));
  std::stop_source stop;
  FaultyBucket faulty(bucket_, [&](const Call& call) {
    if (call.kind == CallKind::kList) {
      stop.request_stop();
    }
    return Fault::kNone;
  });
  try {
    SnapshotReader(faulty, {}).read(stop.get_token(), clock_);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kCancelled);
  }
}

}  // namespace
}  // namespace strata::block
