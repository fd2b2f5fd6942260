#include "objstore/retrying_bucket.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "objstore/testing/bucket_contract.h"
#include "objstore/testing/counting_bucket.h"
#include "objstore/testing/faulty_bucket.h"
#include "objstore/testing/memory_bucket.h"

namespace strata::objstore {
namespace {

using std::chrono::milliseconds;
using testing::CallKind;
using testing::Fault;
using testing::FaultyBucket;
using testing::get_text;
using testing::put_text;

class RetryingBucketTest : public ::testing::Test {
 protected:
  // Faults of the next calls, in their order.
  RetryingBucket make(std::vector<Fault> faults, RetryPolicy policy = {},
                      ErrorKind error = ErrorKind::kTransient) {
    auto faulty = std::make_unique<FaultyBucket>(
        counting_,
        [faults = std::move(faults)](const testing::Call& call) {
          return call.number < faults.size() ? faults[call.number] : Fault::kNone;
        },
        error);
    return RetryingBucket(std::move(faulty), policy, clock_,
                          [this](const std::stop_token&, milliseconds wait) {
                            waits_.push_back(wait.count());
                            clock_.advance(wait);
                          });
  }

  ManualClock clock_{1'000'000};
  testing::MemoryBucket memory_{clock_};
  testing::CountingBucket counting_{memory_};
  std::vector<std::int64_t> waits_;
  const PutCondition create_only_{.create_only = true, .if_etag = {}};
};

TEST_F(RetryingBucketTest, RepeatsWhatFailedForAMoment) {
  put_text(memory_, "object", "x");
  const std::vector<Fault> twice = {Fault::kFail, Fault::kFail};
  Buffer out(1);
  EXPECT_TRUE(make(twice).stat({}, "object").has_value());
  EXPECT_TRUE(make(twice).get({}, "object", 9).has_value());
  make(twice).get_range({}, "object", 0, out);
  make(twice).put({}, "object", as_bytes("y"), {});
  make(twice).create({}, "object", {})->commit();
  make(twice).remove({}, "object");
  EXPECT_EQ(waits_.size(), 12U);
}

TEST_F(RetryingBucketTest, GivesUpAfterItsAttempts) {
  RetryingBucket bucket = make(std::vector<Fault>(9, Fault::kFail), {.attempts = 3});
  try {
    (void)bucket.stat({}, "object");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kTransient);
    EXPECT_THAT(error.what(), ::testing::StartsWith("after 3 attempts: injected fault"));
    EXPECT_EQ(error.place().file, "object");
  }
  EXPECT_EQ(waits_.size(), 2U);
}

TEST_F(RetryingBucketTest, NeverStartsAnAttemptBehindItsBudget) {
  RetryingBucket bucket =
      make(std::vector<Fault>(999, Fault::kFail), {.attempts = 1000, .budget = milliseconds(5000)});
  EXPECT_THROW((void)bucket.stat({}, "object"), Error);
  EXPECT_LE(clock_.now_ms(), 1'005'000);
  EXPECT_LT(waits_.size(), 100U);
  EXPECT_GE(waits_.size(), 2U);
}

TEST_F(RetryingBucketTest, WaitsAtRandomUpToADoublingBound) {
  const RetryPolicy policy{.attempts = 9,
                           .budget = std::chrono::hours(1),
                           .first_backoff = milliseconds(100),
                           .longest_backoff = milliseconds(1000),
                           .seed = 42};
  EXPECT_THROW((void)make(std::vector<Fault>(9, Fault::kFail), policy).stat({}, "a"), Error);
  const std::int64_t bounds[] = {100, 200, 400, 800, 1000, 1000, 1000, 1000};
  ASSERT_EQ(waits_.size(), std::size(bounds));
  for (std::size_t i = 0; i < waits_.size(); ++i) {
    EXPECT_GE(waits_[i], 1);
    EXPECT_LE(waits_[i], bounds[i]);
  }
  const std::vector<std::int64_t> first = std::exchange(waits_, {});
  EXPECT_THROW((void)make(std::vector<Fault>(9, Fault::kFail), policy).stat({}, "a"), Error);
  EXPECT_EQ(waits_, first);
}

TEST_F(RetryingBucketTest, LeavesOtherErrorsAlone) {
  for (const ErrorKind kind :
       {ErrorKind::kNotFound, ErrorKind::kDenied, ErrorKind::kConflict, ErrorKind::kCorrupt,
        ErrorKind::kInvalid, ErrorKind::kExhausted, ErrorKind::kCancelled}) {
    RetryingBucket bucket = make({Fault::kFail}, {}, kind);
    EXPECT_THROW((void)bucket.stat({}, "object"), Error);
  }
  EXPECT_TRUE(waits_.empty());
}

TEST_F(RetryingBucketTest, TellsALostReplyOfACreationFromAConflict) {
  make({Fault::kLoseReply}).put({}, "mine", as_bytes("me"), create_only_);
  EXPECT_EQ(get_text(memory_, "mine"), "me");
  EXPECT_EQ(counting_.count(CallKind::kPut), 2U);

  struct Case {
    const char* name;
    const char* theirs;
  };
  for (const Case& test : {Case{"same size", "xx"}, Case{"larger", "xxx"}}) {
    SCOPED_TRACE(test.name);
    put_text(memory_, "theirs", test.theirs);
    RetryingBucket bucket = make({Fault::kFail});
    try {
      bucket.put({}, "theirs", as_bytes("me"), create_only_);
      ADD_FAILURE() << "no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kConflict);
    }
    EXPECT_EQ(get_text(memory_, "theirs"), test.theirs);
  }
}

TEST_F(RetryingBucketTest, AConflictAtTheFirstAttemptIsOne) {
  put_text(memory_, "object", "me");
  EXPECT_THROW(make({}).put({}, "object", as_bytes("me"), create_only_), Error);
}

TEST_F(RetryingBucketTest, ALookAfterALostReplyIsRepeatedToo) {
  // put happens, conflict, stat fails, stat, get fails, stat, get.
  RetryingBucket bucket =
      make({Fault::kLoseReply, Fault::kNone, Fault::kFail, Fault::kNone, Fault::kFail});
  EXPECT_EQ(bucket.put({}, "mine", as_bytes("me"), create_only_).size, 2U);
  EXPECT_EQ(counting_.count(CallKind::kPut), 2U);
}

TEST_F(RetryingBucketTest, ALostReplyOfAnUpdateOrARemovalIsSuccess) {
  const ObjectInfo old = memory_.put({}, "object", as_bytes("old"), {});
  make({Fault::kLoseReply})
      .put({}, "object", as_bytes("new"), {.create_only = false, .if_etag = old.etag});
  EXPECT_EQ(get_text(memory_, "object"), "new");
  make({Fault::kLoseReply}).remove({}, "object");
  EXPECT_FALSE(memory_.stat({}, "object").has_value());
  EXPECT_THROW(make({}).remove({}, "object"), Error);
}

// Breaks off behind every page.
class BrokenListing final : public Bucket {
 public:
  explicit BrokenListing(Bucket& inner) : inner_(inner) {}
  const std::string& name() const override { return inner_.name(); }
  void list(std::stop_token stop, std::string_view prefix, Listing listing,
            const PageVisitor& visit) override {
    std::size_t page = 0;
    inner_.list(std::move(stop), prefix, listing, [&](std::span<const ObjectInfo> entries) {
      const bool more = visit(entries);
      if (++page > pages_) {
        ++pages_;
        throw Error(ErrorKind::kTransient, "broken off");
      }
      return more;
    });
  }
  std::optional<ObjectInfo> stat(std::stop_token, std::string_view) override { return {}; }
  void get_range(std::stop_token, std::string_view, std::uint64_t, MutableBytes) override {}
  std::optional<Buffer> get(std::stop_token, std::string_view, std::uint64_t) override {
    return {};
  }
  ObjectInfo put(std::stop_token, std::string_view, Bytes, const PutCondition&) override {
    return {};
  }
  std::unique_ptr<ObjectWriter> create(std::stop_token, std::string_view,
                                       const PutCondition&) override {
    return nullptr;
  }
  void remove(std::stop_token, std::string_view) override {}

 private:
  Bucket& inner_;
  std::size_t pages_ = 0;
};

TEST_F(RetryingBucketTest, AListingGoesOnBehindWhatWasSeen) {
  std::vector<std::string> names;
  for (int i = 0; i < 3500; ++i) {
    names.push_back(fmt::format("{:04}", i));
    put_text(memory_, names.back(), "");
  }
  RetryingBucket bucket(std::make_unique<BrokenListing>(memory_), {.attempts = 9}, clock_,
                        [](const std::stop_token&, milliseconds) {});
  EXPECT_EQ(testing::list_names(bucket, "", Listing::kRecursive), names);
}

TEST_F(RetryingBucketTest, StopsWhileItWaits) {
  RetryingBucket bucket(
      std::make_unique<FaultyBucket>(memory_, [](const testing::Call&) { return Fault::kFail; }),
      {.attempts = 9,
       .budget = std::chrono::hours(9),
       .first_backoff = std::chrono::hours(1),
       .longest_backoff = std::chrono::hours(1)},
      clock_);
  std::stop_source source;
  source.request_stop();
  try {
    (void)bucket.stat(source.get_token(), "object");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kCancelled);
  }
}

TEST_F(RetryingBucketTest, NeverRepeatsWhatAWriterWasGiven) {
  RetryingBucket bucket = make({Fault::kNone, Fault::kFail, Fault::kFail});
  const auto writer = bucket.create({}, "object", {});
  EXPECT_THROW(writer->append(as_bytes("x")), Error);
  EXPECT_THROW(writer->commit(), Error);
  EXPECT_TRUE(waits_.empty());
}

}  // namespace
}  // namespace strata::objstore
