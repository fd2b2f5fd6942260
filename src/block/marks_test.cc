#include "block/marks.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/time.h"
#include "objstore/testing/counting_bucket.h"
#include "objstore/testing/faulty_bucket.h"
#include "objstore/testing/memory_bucket.h"

namespace strata::block {
namespace {

using objstore::testing::CallKind;
using objstore::testing::CountingBucket;
using objstore::testing::Fault;
using objstore::testing::FaultyBucket;
using objstore::testing::MemoryBucket;

const Ulid kBlock = *Ulid::parse("01M8181T0V0QGZ7DPA1252D9ZC");

Mark mark_of(MarkKind kind) {
  return {.kind = kind,
          .block = kBlock,
          .details = "why <not>",
          .time_s = 1795338333,
          .reason = kind == MarkKind::kDeletion ? "" : "manual"};
}

class MarksInBucket : public ::testing::Test {
 protected:
  std::string content(MarkKind kind) {
    const auto bytes = bucket_.get({}, mark_object(kind, kBlock), 1000);
    return bytes ? std::string(as_text(*bytes)) : "";
  }

  ManualClock clock_{1'000};
  MemoryBucket bucket_{clock_};
};

TEST(Marks, AreWrittenAsTheReferenceWritesThem) {
  EXPECT_EQ(format_mark(mark_of(MarkKind::kDeletion)),
            R"({"id":"01M8181T0V0QGZ7DPA1252D9ZC","version":1,"details":"why \u003cnot\u003e",)"
            R"("deletion_time":1795338333})");
  EXPECT_EQ(format_mark(mark_of(MarkKind::kNoCompact)),
            R"({"id":"01M8181T0V0QGZ7DPA1252D9ZC","version":1,"details":"why \u003cnot\u003e",)"
            R"("no_compact_time":1795338333,"reason":"manual"})");
  Mark mark = mark_of(MarkKind::kNoDownsample);
  mark.details.clear();
  EXPECT_EQ(format_mark(mark),
            R"({"id":"01M8181T0V0QGZ7DPA1252D9ZC","version":1,"no_downsample_time":1795338333,)"
            R"("reason":"manual"})");
}

TEST(Marks, ReadWhatTheyWrite) {
  for (const MarkKind kind : kMarkKinds) {
    const Mark mark = parse_mark(kind, format_mark(mark_of(kind)), "mark");
    EXPECT_EQ(format_mark(mark), format_mark(mark_of(kind)));
    EXPECT_EQ(mark.block, kBlock);
  }
}

TEST(Marks, TellDamageFromAnUnknownVersion) {
  const struct {
    std::string name, json;
    ErrorKind want;
  } cases[] = {
      {"empty", "", ErrorKind::kCorrupt},
      {"cut", R"({"version":1)", ErrorKind::kCorrupt},
      {"a short id", R"({"id":"x","version":1})", ErrorKind::kCorrupt},
      {"a time that is none", R"({"version":1,"deletion_time":"x"})", ErrorKind::kCorrupt},
      {"a newer version", R"({"version":2})", ErrorKind::kInvalid},
      {"no version", "{}", ErrorKind::kInvalid},
      {"a version that is none", R"({"version":"1"})", ErrorKind::kCorrupt},
  };
  for (const auto& [name, json, want] : cases) {
    SCOPED_TRACE(name);
    try {
      parse_mark(MarkKind::kDeletion, json, "mark");
      ADD_FAILURE() << "parsed";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), want);
      EXPECT_EQ(error.place().file, "mark");
    }
  }
}

TEST(Marks, WithAnIdThatMakesNoSenseStillCount) {
  const Mark mark =
      parse_mark(MarkKind::kDeletion, R"({"id":"0UUUUUUUUUUUUUUUUUUUUUUUUU","version":1})", "mark");
  EXPECT_TRUE(mark.block.is_zero());
}

TEST_F(MarksInBucket, AreWrittenOnceAndKept) {
  EXPECT_EQ(put_mark({}, bucket_, mark_of(MarkKind::kNoCompact)), MarkPut::kWritten);
  Mark other = mark_of(MarkKind::kNoCompact);
  other.time_s = 5;
  EXPECT_EQ(put_mark({}, bucket_, other), MarkPut::kAlreadyThere);
  EXPECT_EQ(content(MarkKind::kNoCompact), format_mark(mark_of(MarkKind::kNoCompact)));
  EXPECT_EQ(read_mark({}, bucket_, MarkKind::kNoCompact, kBlock)->time_s, 1795338333);
  EXPECT_EQ(read_mark({}, bucket_, MarkKind::kDeletion, kBlock), std::nullopt);
}

TEST_F(MarksInBucket, ThatAppearInBetweenAreNotOverwritten) {
  FaultyBucket faulty(bucket_, [](const auto&) { return Fault::kNone; });
  faulty.set_before([&](const auto& call) {
    if (call.kind == CallKind::kPut) {
      bucket_.put({}, call.object, as_bytes("theirs"), {});
    }
  });
  EXPECT_EQ(put_mark({}, faulty, mark_of(MarkKind::kDeletion)), MarkPut::kAlreadyThere);
  EXPECT_EQ(content(MarkKind::kDeletion), "theirs");
}

TEST_F(MarksInBucket, CostNoUploadWhenTheyAreThere) {
  put_mark({}, bucket_, mark_of(MarkKind::kDeletion));
  CountingBucket counting(bucket_);
  put_mark({}, counting, mark_of(MarkKind::kDeletion));
  EXPECT_EQ(counting.count(CallKind::kPut), 0U);
}

TEST_F(MarksInBucket, AreRemoved) {
  put_mark({}, bucket_, mark_of(MarkKind::kDeletion));
  EXPECT_TRUE(remove_mark({}, bucket_, MarkKind::kDeletion, kBlock));
  EXPECT_FALSE(remove_mark({}, bucket_, MarkKind::kDeletion, kBlock));
  EXPECT_EQ(content(MarkKind::kDeletion), "");
}

}  // namespace
}  // namespace strata::block
