#include "objstore/metrics_bucket.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "objstore/testing/bucket_contract.h"
#include "objstore/testing/faulty_bucket.h"
#include "objstore/testing/memory_bucket.h"

namespace strata::objstore {
namespace {

using testing::Fault;
using testing::put_text;

constexpr std::string_view kOperations = "thanos_objstore_bucket_operations_total";
constexpr std::string_view kFailures = "thanos_objstore_bucket_operation_failures_total";
constexpr std::string_view kDurations = "thanos_objstore_bucket_operation_duration_seconds_count";
constexpr std::string_view kFetched = "thanos_objstore_bucket_operation_fetched_bytes_total";
constexpr std::string_view kMoved = "thanos_objstore_bucket_operation_transferred_bytes_sum";

class MetricsBucketTest : public ::testing::Test {
 protected:
  double read(std::string_view metric, const std::string& operation) const {
    return telemetry::read_value(registry_, metric,
                                 {{"bucket", "memory"}, {"operation", operation}})
        .value_or(-1);
  }
  double last_upload() const {
    return telemetry::read_value(registry_, "thanos_objstore_bucket_last_successful_upload_time",
                                 {{"bucket", "memory"}})
        .value_or(-1);
  }

  ManualClock clock_{1'700'000'000'500};
  telemetry::Registry registry_;
  testing::MemoryBucket memory_{clock_};
  Fault fault_ = Fault::kNone;
  MetricsBucket bucket_{std::make_unique<testing::FaultyBucket>(
                            memory_, [this](const testing::Call&) { return fault_; }),
                        registry_, clock_};
};

TEST_F(MetricsBucketTest, EveryOperationIsThereFromTheStart) {
  for (const char* operation :
       {"iter", "get", "get_range", "exists", "upload", "delete", "attributes"}) {
    SCOPED_TRACE(operation);
    EXPECT_EQ(read(kOperations, operation), 0);
    EXPECT_EQ(read(kFailures, operation), 0);
    EXPECT_EQ(read(kDurations, operation), 0);
  }
  for (const char* operation : {"get", "get_range", "upload"}) {
    EXPECT_EQ(read(kFetched, operation), 0);
    EXPECT_EQ(read(kMoved, operation), 0);
  }
  EXPECT_EQ(read(kFetched, "iter"), -1);
  EXPECT_EQ(last_upload(), 0);
}

TEST_F(MetricsBucketTest, CountsTimesAndWeighs) {
  put_text(bucket_, "object", "0123456789");
  const auto writer = bucket_.create({}, "streamed", {});
  writer->append(as_bytes("01234"));
  EXPECT_EQ(read(kDurations, "upload"), 1);
  writer->commit();
  (void)bucket_.get({}, "object", 100);
  Buffer out(3);
  bucket_.get_range({}, "object", 2, out);
  (void)bucket_.stat({}, "object");
  bucket_.list({}, "", Listing::kFolder, [&](std::span<const ObjectInfo>) {
    clock_.advance(std::chrono::milliseconds(2500));
    return true;
  });
  bucket_.remove({}, "object");
  EXPECT_EQ(read(kOperations, "upload"), 2);
  EXPECT_EQ(read(kDurations, "upload"), 2);
  EXPECT_EQ(read(kMoved, "upload"), 15);
  EXPECT_EQ(read(kFetched, "upload"), 0);
  for (const char* operation : {"get", "get_range", "exists", "iter", "delete"}) {
    SCOPED_TRACE(operation);
    EXPECT_EQ(read(kOperations, operation), 1);
    EXPECT_EQ(read(kDurations, operation), 1);
    EXPECT_EQ(read(kFailures, operation), 0);
  }
  EXPECT_EQ(read(kFetched, "get"), 10);
  EXPECT_EQ(read(kFetched, "get_range"), 3);
  EXPECT_EQ(read(kMoved, "get_range"), 3);
  EXPECT_EQ(read("thanos_objstore_bucket_operation_duration_seconds_sum", "iter"), 2.5);
  EXPECT_EQ(last_upload(), 1'700'000'000.5);
}

TEST_F(MetricsBucketTest, CountsFailures) {
  put_text(bucket_, "object", "x");
  fault_ = Fault::kFail;
  Buffer out(1);
  EXPECT_THROW(bucket_.list({}, "", Listing::kFolder, {}), Error);
  EXPECT_THROW((void)bucket_.stat({}, "object"), Error);
  EXPECT_THROW((void)bucket_.get({}, "object", 9), Error);
  EXPECT_THROW(bucket_.get_range({}, "object", 0, out), Error);
  EXPECT_THROW(put_text(bucket_, "object", "y"), Error);
  EXPECT_THROW((void)bucket_.create({}, "object", {}), Error);
  EXPECT_THROW(bucket_.remove({}, "object"), Error);
  for (const char* operation : {"iter", "exists", "get", "get_range", "delete"}) {
    EXPECT_EQ(read(kFailures, operation), 1) << operation;
  }
  EXPECT_EQ(read(kFailures, "upload"), 2);
  EXPECT_EQ(read(kDurations, "iter"), 1);
  EXPECT_EQ(read(kDurations, "exists"), 0);
  EXPECT_EQ(read(kDurations, "upload"), 1);
}

TEST_F(MetricsBucketTest, AnswersThatACallerExpectsAreNoFailures) {
  const PutCondition create_only{.create_only = true, .if_etag = {}};
  put_text(bucket_, "object", "x");
  (void)bucket_.stat({}, "missing");
  (void)bucket_.get({}, "missing", 9);
  EXPECT_THROW(bucket_.remove({}, "missing"), Error);
  EXPECT_THROW(bucket_.put({}, "object", {}, create_only), Error);
  std::stop_source stopped;
  stopped.request_stop();
  EXPECT_THROW((void)bucket_.stat(stopped.get_token(), "object"), Error);
  EXPECT_THROW(
      bucket_.list({}, "", Listing::kFolder, [](std::span<const ObjectInfo>) -> bool { throw 1; }),
      int);
  {
    const auto abandoned = bucket_.create({}, "other", {});
  }
  for (const char* operation : {"iter", "exists", "get", "upload", "delete"}) {
    EXPECT_EQ(read(kFailures, operation), 0) << operation;
  }
  Buffer out(1);
  EXPECT_THROW(bucket_.get_range({}, "missing", 0, out), Error);
  EXPECT_EQ(read(kFailures, "get_range"), 1);
}

}  // namespace
}  // namespace strata::objstore
