#include "objstore/testing/faulty_bucket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "objstore/testing/bucket_contract.h"
#include "objstore/testing/memory_bucket.h"

namespace strata::objstore::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class FaultyBucketTest : public ::testing::Test {
 protected:
  std::vector<std::string> names() { return list_names(memory_, "", Listing::kRecursive); }

  // Eight calls: list, stat, put, create, append, commit, remove, get.
  static void work(Bucket& bucket) {
    bucket.list({}, "", Listing::kFolder, [](std::span<const ObjectInfo>) { return true; });
    (void)bucket.stat({}, "plain");
    put_text(bucket, "plain", "plain content");
    const auto writer = bucket.create({}, "streamed", {});
    writer->append(as_bytes("streamed content"));
    writer->commit();
    bucket.remove({}, "plain");
    (void)bucket.get({}, "streamed", 100);
  }

  SystemClock clock_;
  MemoryBucket memory_{clock_};
};

TEST_F(FaultyBucketTest, NumbersEveryCall) {
  std::vector<std::string> seen;
  FaultyBucket bucket(memory_, [&](const Call& call) {
    EXPECT_EQ(call.number, seen.size());
    seen.push_back(std::string(to_string(call.kind)) + " " + call.object);
    return Fault::kNone;
  });
  work(bucket);
  EXPECT_THAT(seen,
              ElementsAre("list ", "stat plain", "put plain", "create streamed", "append streamed",
                          "commit streamed", "remove plain", "get streamed"));
  EXPECT_EQ(bucket.calls(), 8U);
}

TEST_F(FaultyBucketTest, TheDeadDoNothingMore) {
  struct Case {
    std::uint64_t at;
    std::vector<std::string> before;  // with kDie
    std::vector<std::string> torn;
    std::vector<std::string> after;
  };
  const std::vector<std::string> none;
  const std::vector<std::string> plain = {"plain"};
  const std::vector<std::string> both = {"plain", "streamed"};
  const std::vector<std::string> streamed = {"streamed"};
  const Case cases[] = {{0, none, none, none},         {1, none, none, none},
                        {2, none, plain, plain},       {3, plain, plain, plain},
                        {4, plain, plain, plain},      {5, plain, plain, both},
                        {6, both, streamed, streamed}, {7, streamed, streamed, streamed}};
  for (const Case& test : cases) {
    for (const Fault fault : {Fault::kDie, Fault::kDieTorn, Fault::kDieAfter}) {
      SCOPED_TRACE(test.at);
      MemoryBucket memory(clock_);
      FaultyBucket bucket(memory, at_call(test.at, fault));
      EXPECT_THROW(work(bucket), ProcessDied);
      EXPECT_TRUE(bucket.is_dead());
      EXPECT_THROW((void)bucket.stat({}, "plain"), ProcessDied);
      EXPECT_THROW(put_text(bucket, "later", "x"), ProcessDied);
      EXPECT_EQ(list_names(memory, "", Listing::kRecursive), fault == Fault::kDie ? test.before
                                                             : fault == Fault::kDieTorn
                                                                 ? test.torn
                                                                 : test.after);
    }
  }
}

TEST_F(FaultyBucketTest, FailsTearsHidesAndLosesReplies) {
  FaultyBucket failing(memory_, at_call(0, Fault::kFail), ErrorKind::kDenied);
  try {
    put_text(failing, "a", "x");
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kDenied);
  }
  EXPECT_THAT(names(), IsEmpty());
  put_text(failing, "a", "x");
  FaultyBucket losing(memory_, at_call(0, Fault::kLoseReply));
  EXPECT_THROW(losing.remove({}, "a"), Error);
  EXPECT_THAT(names(), IsEmpty());
  FaultyBucket tearing(memory_, at_call(0, Fault::kTear));
  EXPECT_THROW(put_text(tearing, "a", "whole"), Error);
  EXPECT_EQ(get_text(memory_, "a"), "wh");
  FaultyBucket hiding(memory_, [](const Call&) { return Fault::kHide; });
  EXPECT_FALSE(hiding.stat({}, "a").has_value());
  EXPECT_FALSE(hiding.get({}, "a", 9).has_value());
  EXPECT_THAT(list_names(hiding, "", Listing::kFolder), IsEmpty());
}

TEST_F(FaultyBucketTest, RunsAHookBeforeEachCall) {
  FaultyBucket bucket(memory_, [](const Call&) { return Fault::kNone; });
  bucket.set_before([&](const Call& call) {
    if (call.kind == CallKind::kPut) {
      put_text(memory_, "object", "a racer's");
    }
  });
  EXPECT_THROW(bucket.put({}, "object", {}, {.create_only = true, .if_etag = {}}), Error);
  EXPECT_EQ(get_text(memory_, "object"), "a racer's");
}

}  // namespace
}  // namespace strata::objstore::testing
