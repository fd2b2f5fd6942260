#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "block/object_name.h"
#include "block/object_source.h"
#include "block/publish.h"
#include "block/remove_block.h"
#include "objstore/testing/counting_bucket.h"
#include "objstore/testing/faulty_bucket.h"
#include "objstore/testing/memory_bucket.h"

namespace strata::block {
namespace {

using namespace std::chrono_literals;
using objstore::testing::at_call;
using objstore::testing::Call;
using objstore::testing::CallKind;
using objstore::testing::CountingBucket;
using objstore::testing::Fault;
using objstore::testing::FaultyBucket;
using objstore::testing::MemoryBucket;
using objstore::testing::ProcessDied;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Ulid kBlock = *Ulid::parse("01M8181T0V0QGZ7DPA1252D9ZC");

class BlockObjects : public ::testing::Test {
 protected:
  void put(const std::string& file, const std::string& content = "x") {
    bucket_.put({}, object_name(kBlock, file), as_bytes(content), {});
  }
  std::vector<std::string> names(objstore::Bucket& bucket) {
    std::vector<std::string> found;
    bucket.list({}, "", objstore::Listing::kRecursive, [&](auto page) {
      for (const auto& object : page) {
        found.push_back(object.name.substr(kBlock.to_string().size() + 1));
      }
      return true;
    });
    return found;
  }
  template <class Action>
  Error failure_of(Action action) {
    try {
      action();
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "nothing was thrown";
    return {ErrorKind::kInvalid, ""};
  }
  Meta meta() const {
    Meta meta;
    meta.ulid = kBlock;
    meta.thanos.labels = Labels{{"cluster", "eu1"}};
    return meta;
  }
  std::vector<MetaFile> write_files(HashFunction hash = HashFunction::kNone) {
    ObjectBlockSink sink({}, bucket_, kBlock, hash);
    for (const std::uint32_t n : {1U, 2U}) {
      const auto segment = sink.create_segment(n);
      segment->append(as_bytes("foo"));
      segment->append(as_bytes("bar"));
      segment->commit();
    }
    const auto index = sink.create_index();
    index->append(as_bytes("index!!"));
    index->commit();
    return sink.files();
  }

  ManualClock clock_{1'700'000'000'123};
  MemoryBucket bucket_{clock_};
};

TEST_F(BlockObjects, AreReadInRanges) {
  put("index", "0123456789");
  put("chunks/000001", "abc");
  put("chunks/000010", "defg");
  CountingBucket counting(bucket_);
  const ObjectBlockSource source({}, counting, kBlock);
  EXPECT_EQ(source.name(), kBlock.to_string());
  EXPECT_EQ(source.index().size(), 10U);
  EXPECT_EQ(source.segment_count(), 2U);
  EXPECT_EQ(source.segment(1).name(), "chunks/000010");
  EXPECT_EQ(source.tombstones(), nullptr);
  EXPECT_EQ(counting.calls().size(), 1U);
  std::array<std::uint8_t, 3> out{};
  source.index().read_at(7, out);
  EXPECT_EQ(as_text(out), "789");
}

TEST_F(BlockObjects, NameBlockAndFileInErrors) {
  put("index", "0123456789");
  put("tombstones", "123");
  const ObjectBlockSource source({}, bucket_, kBlock);
  std::array<std::uint8_t, 3> out{};
  for (const std::uint64_t offset : {std::uint64_t{8}, ~std::uint64_t{0}}) {
    const Error beyond = failure_of([&] { source.index().read_at(offset, out); });
    EXPECT_EQ(beyond.kind(), ErrorKind::kCorrupt);
    EXPECT_EQ(beyond.place().block, kBlock.to_string());
    EXPECT_EQ(beyond.place().file, "index");
    EXPECT_EQ(beyond.place().offset, offset);
  }
  bucket_.remove({}, object_name(kBlock, "tombstones"));
  const Error gone = failure_of([&] { source.tombstones()->read_at(0, out); });
  EXPECT_EQ(gone.kind(), ErrorKind::kNotFound);
  EXPECT_EQ(gone.place().file, "tombstones");
  EXPECT_EQ(failure_of([&] { source.segment(0); }).kind(), ErrorKind::kCorrupt);
}

TEST_F(BlockObjects, AreNotOpenedWithoutAnIndex) {
  EXPECT_EQ(failure_of([&] { ObjectBlockSource({}, bucket_, kBlock); }).kind(),
            ErrorKind::kNotFound);
  put("chunks/000001");
  EXPECT_EQ(failure_of([&] { ObjectBlockSource({}, bucket_, kBlock); }).kind(),
            ErrorKind::kCorrupt);
}

TEST_F(BlockObjects, AreWrittenWithSizesAndHashes) {
  const auto files = write_files(HashFunction::kSha256);
  EXPECT_THAT(names(bucket_), ElementsAre("chunks/000001", "chunks/000002", "index"));
  ASSERT_EQ(files.size(), 3U);
  EXPECT_EQ(files[0].rel_path, "chunks/000001");
  EXPECT_EQ(files[0].size_bytes, 6U);
  EXPECT_EQ(files[0].hash_function, "SHA256");
  // printf foobar | sha256sum
  EXPECT_EQ(files[0].hash_value,
            "c3ab8ff13720e8ad9047dd39466b3c8974e592c2fa383d4a3960714caef0c4f2");
}

TEST_F(BlockObjects, LeaveNothingWithoutACommit) {
  ObjectBlockSink sink({}, bucket_, kBlock);
  sink.create_index()->append(as_bytes("x"));
  EXPECT_THAT(names(bucket_), IsEmpty());
  EXPECT_THAT(sink.files(), IsEmpty());
}

TEST_F(BlockObjects, AreNotOverwritten) {
  put("index");
  ObjectBlockSink sink({}, bucket_, kBlock);
  const Error error = failure_of([&] {
    const auto index = sink.create_index();
    index->append(as_bytes("y"));
    index->commit();
  });
  EXPECT_EQ(error.kind(), ErrorKind::kConflict);
  EXPECT_EQ(error.place().file, "index");
}

TEST_F(BlockObjects, ArePublishedWithTheMetaLast) {
  const auto files = write_files();
  CountingBucket counting(bucket_);
  const Meta published = publish_block({}, counting, meta(), files, clock_);
  EXPECT_EQ(counting.calls().back().kind, CallKind::kPut);
  EXPECT_EQ(counting.count(CallKind::kStat), 3U);
  const auto content = bucket_.get({}, object_name(kBlock, "meta.json"), 10'000);
  EXPECT_EQ(as_text(*content), format_meta(published));
  const ThanosSection& thanos = published.thanos;
  EXPECT_THAT(thanos.segment_files, ElementsAre("000001", "000002"));
  ASSERT_EQ(thanos.files.size(), 4U);
  EXPECT_EQ(thanos.files[2].rel_path, "index");
  EXPECT_EQ(thanos.files[2].size_bytes, 7U);
  EXPECT_EQ(thanos.files[3].rel_path, "meta.json");
  EXPECT_EQ(thanos.files[3].size_bytes, 0U);
  EXPECT_EQ(thanos.upload_time, "2023-11-14T22:13:20.123Z");
}

TEST_F(BlockObjects, AreNotPublishedWithoutLabelsOrIndexOrWhenTorn) {
  auto files = write_files();
  Meta without_labels = meta();
  without_labels.thanos.labels.reset();
  EXPECT_EQ(failure_of([&] { publish_block({}, bucket_, without_labels, files, clock_); }).kind(),
            ErrorKind::kInvalid);
  EXPECT_EQ(failure_of([&] { publish_block({}, bucket_, meta(), {}, clock_); }).kind(),
            ErrorKind::kInvalid);
  put("chunks/000002", "tor");
  const Error torn = failure_of([&] { publish_block({}, bucket_, meta(), files, clock_); });
  EXPECT_EQ(torn.kind(), ErrorKind::kTransient);
  EXPECT_EQ(torn.place().file, "chunks/000002");
  bucket_.remove({}, object_name(kBlock, "chunks/000002"));
  EXPECT_EQ(failure_of([&] { publish_block({}, bucket_, meta(), files, clock_); }).kind(),
            ErrorKind::kTransient);
  EXPECT_FALSE(bucket_.stat({}, object_name(kBlock, "meta.json")));
}

TEST_F(BlockObjects, AreRemovedInAnOrderThatCanBeResumed) {
  for (const char* file :
       {"chunks/000001", "deletion-mark.json", "index", "meta.json", "no-compact-mark.json"}) {
    put(file);
  }
  CountingBucket counting(bucket_);
  EXPECT_EQ(remove_block({}, counting, kBlock), 5U);
  std::vector<std::string> order;
  for (const Call& call : counting.calls()) {
    if (call.kind == CallKind::kRemove) {
      order.push_back(call.object.substr(kBlock.to_string().size() + 1));
    }
  }
  EXPECT_THAT(order, ElementsAre("meta.json", "chunks/000001", "index", "no-compact-mark.json",
                                 "deletion-mark.json"));
  EXPECT_EQ(remove_block({}, bucket_, kBlock), 0U);
}

TEST_F(BlockObjects, AreRemovedByARerunWhereverTheFirstRunDied) {
  for (std::uint64_t n = 0; n < 5; ++n) {
    for (const Fault fault : {Fault::kDie, Fault::kDieAfter}) {
      for (const char* file : {"chunks/000001", "deletion-mark.json", "index", "meta.json"}) {
        put(file);
      }
      FaultyBucket faulty(bucket_, at_call(n, fault));
      EXPECT_THROW(remove_block({}, faulty, kBlock), ProcessDied);
      const auto left = names(bucket_);
      EXPECT_TRUE(left.empty() || std::ranges::find(left, "deletion-mark.json") != left.end());
      remove_block({}, bucket_, kBlock);
      EXPECT_THAT(names(bucket_), IsEmpty());
    }
  }
}

TEST_F(BlockObjects, ThatVanishMeanwhileAreNoFailure) {
  put("index");
  put("meta.json");
  FaultyBucket faulty(bucket_, [](const Call&) { return Fault::kNone; });
  faulty.set_before([&](const Call& call) {
    if (call.kind == CallKind::kRemove && bucket_.stat({}, call.object)) {
      bucket_.remove({}, call.object);
    }
  });
  EXPECT_EQ(remove_block({}, faulty, kBlock), 0U);
}

TEST(PartialUpload, IsAsOldAsItsNewestObject) {
  BlockListing files;
  EXPECT_EQ(partial_upload_age(kBlock, files, kBlock.time_ms() + 5), 5ms);
  files.newest = 1000;
  EXPECT_EQ(partial_upload_age(kBlock, files, 4000), 3s);
}

}  // namespace
}  // namespace strata::block
