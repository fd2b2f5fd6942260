#include "cmd/bucket_upkeep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "block/marks.h"
#include "block/object_name.h"
#include "objstore/testing/bucket_contract.h"
#include "objstore/testing/faulty_bucket.h"
#include "objstore/testing/memory_bucket.h"

namespace strata::cmd {
namespace {

using objstore::testing::Call;
using objstore::testing::CallKind;
using objstore::testing::Fault;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::int64_t kHour = 3'600'000;
constexpr Timestamp kNow = 1'700'000'000'000;

class NoLog : public telemetry::LogSink {
 public:
  void write_line(std::string_view) noexcept override {}
};

Ulid id(unsigned n) {
  std::array<std::uint8_t, 16> bytes{0x01};
  bytes[15] = static_cast<std::uint8_t>(n);
  return Ulid(bytes);
}

class BucketUpkeep : public ::testing::Test {
 protected:
  void add_block(unsigned n, Timestamp end, block::Resolution resolution = block::kRaw) {
    block::Meta meta;
    meta.ulid = id(n);
    meta.range = {.min = end - 48 * kHour, .max = end};
    meta.compaction.level = 1;
    meta.compaction.sources = {meta.ulid};
    meta.thanos.version = 1;
    meta.thanos.labels = {{"block", std::to_string(n)}};
    meta.thanos.resolution = resolution;
    meta.thanos.source = "compactor";
    put(n, "meta.json", block::format_meta(meta));
    put(n, "index", "x");
  }
  void put(unsigned n, const std::string& file, const std::string& content) {
    objstore::testing::put_text(memory_, block::object_name(id(n), file), content);
  }
  void mark(unsigned n, Timestamp time) {
    block::put_mark({}, memory_,
                    {.kind = block::MarkKind::kDeletion,
                     .block = id(n),
                     .details = {},
                     .time_s = time / 1000,
                     .reason = {}});
  }
  bool is_marked(unsigned n) {
    return block::read_mark({}, memory_, block::MarkKind::kDeletion, id(n)).has_value();
  }
  std::vector<std::string> folders() {
    return objstore::testing::list_names(memory_, "", objstore::Listing::kFolder);
  }
  static std::string folder(unsigned n) { return id(n).to_string() + "/"; }
  Upkeep upkeep(objstore::Bucket& bucket) {
    return {.bucket = bucket, .clock = clock_, .log = log_, .filters = {}};
  }

  ManualClock clock_{kNow};
  NoLog sink_;
  telemetry::Logger log_{sink_, clock_};
  objstore::testing::MemoryBucket memory_{clock_};
};

TEST_F(BucketUpkeep, RetentionMarksWhatIsPastItsResolutionsTime) {
  add_block(1, kNow - 11 * 24 * kHour);
  add_block(2, kNow - 9 * 24 * kHour);
  add_block(3, kNow - 11 * 24 * kHour, block::k5m);
  add_block(4, kNow - 21 * 24 * kHour, block::k5m);
  add_block(5, kNow - 99 * 24 * kHour, block::k1h);
  add_block(6, kNow - 11 * 24 * kHour);
  mark(6, kNow - kHour);
  const compact::RetentionPolicy policy{.raw = std::chrono::days(10),
                                        .five_minutes = std::chrono::days(20),
                                        .one_hour = std::chrono::milliseconds(0),
                                        .downsampling = false};
  EXPECT_EQ(apply_retention({}, upkeep(memory_), policy), 2U);
  EXPECT_EQ(block::read_mark({}, memory_, block::MarkKind::kDeletion, id(1))->details,
            "block exceeding retention of 240h0m0s");
  EXPECT_FALSE(is_marked(2));
  EXPECT_FALSE(is_marked(3));
  EXPECT_TRUE(is_marked(4));
  EXPECT_FALSE(is_marked(5));
  EXPECT_EQ(block::read_mark({}, memory_, block::MarkKind::kDeletion, id(6))->details, "");
  EXPECT_EQ(apply_retention({}, upkeep(memory_), policy), 0U);
}

TEST_F(BucketUpkeep, RetentionHeedsTheSelector) {
  add_block(1, kNow - 11 * 24 * kHour);
  add_block(2, kNow - 11 * 24 * kHour);
  Upkeep chosen = upkeep(memory_);
  chosen.filters.selector = block::RelabelConfig::parse(
      "- {action: keep, source_labels: [block], regex: '2'}", "selector");
  EXPECT_EQ(apply_retention({}, chosen, {.raw = std::chrono::days(10), .downsampling = false}), 1U);
  EXPECT_FALSE(is_marked(1));
  EXPECT_TRUE(is_marked(2));
}

TEST_F(BucketUpkeep, CleaningRemovesOldMarksAndAbortedUploads) {
  clock_.set(kNow - 72 * kHour);
  for (unsigned n = 1; n <= 3; ++n) {
    add_block(n, kNow);
  }
  mark(1, kNow - 49 * kHour);
  mark(2, kNow - 47 * kHour);
  put(4, "index", "an upload that nobody goes on with");
  clock_.set(kNow);
  put(5, "index", "an upload that is under way");
  const CleanupReport report = clean_bucket({}, upkeep(memory_));
  EXPECT_EQ(report.purged, 1U);
  EXPECT_EQ(report.aborted_uploads, 1U);
  EXPECT_EQ(report.failures, 0U);
  EXPECT_THAT(folders(), ElementsAre(folder(2), folder(3), folder(5)));
}

TEST_F(BucketUpkeep, ABlockThatCannotBeRemovedKeepsNoOther) {
  for (unsigned n = 1; n <= 3; ++n) {
    add_block(n, kNow);
    mark(n, kNow - 49 * kHour);
  }
  objstore::testing::FaultyBucket faulty(
      memory_,
      [](const Call& call) {
        return call.kind == CallKind::kRemove && call.object.starts_with(id(2).to_string())
                   ? Fault::kFail
                   : Fault::kNone;
      },
      ErrorKind::kDenied);
  const CleanupReport report = clean_bucket({}, upkeep(faulty));
  EXPECT_EQ(report.purged, 2U);
  EXPECT_EQ(report.failures, 1U);
  EXPECT_THAT(folders(), ElementsAre(folder(2)));
  EXPECT_EQ(clean_bucket({}, upkeep(memory_)).purged, 1U);
  EXPECT_THAT(folders(), IsEmpty());
}

TEST_F(BucketUpkeep, AStopEndsCleaning) {
  std::stop_source source;
  source.request_stop();
  try {
    clean_bucket(source.get_token(), upkeep(memory_));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kCancelled);
  }
}

}  // namespace
}  // namespace strata::cmd
