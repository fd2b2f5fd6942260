#include "objstore/testing/contract_writers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "objstore/testing/expectations.h"

namespace strata::objstore::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

void streams_objects(Bucket& bucket) {
  const std::size_t sizes[] = {0, 1, 1000, (1U << 20) - 1, 1U << 20, (1U << 20) + 1, 1'500'000};
  std::string content;
  {
    const auto writer = bucket.create({}, "folder/streamed", {});
    for (const std::size_t size : sizes) {
      const std::string piece(size, static_cast<char>('a' + content.size() % 26));
      writer->append(as_bytes(piece));
      content += piece;
      EXPECT_EQ(writer->size(), content.size());
      EXPECT_FALSE(bucket.stat({}, "folder/streamed").has_value());
      EXPECT_THAT(list_names(bucket, "", Listing::kFolder), IsEmpty());
    }
    const ObjectInfo committed = writer->commit();
    EXPECT_EQ(committed.size, content.size());
    const auto stat = bucket.stat({}, "folder/streamed");
    ASSERT_TRUE(stat.has_value());
    expect_same(*stat, committed);
  }
  EXPECT_TRUE(get_text(bucket, "folder/streamed") == content);
  Buffer out(5000);
  bucket.get_range({}, "folder/streamed", 2'000'000, out);
  EXPECT_TRUE(as_text(out) == content.substr(2'000'000, 5000));
}

void streams_an_empty_object(Bucket& bucket) {
  EXPECT_EQ(bucket.create({}, "empty", {})->commit().size, 0U);
  EXPECT_EQ(get_text(bucket, "empty"), "");
}

void keeps_big_objects(Bucket& bucket) {
  std::string content(3'000'000, '\0');
  for (std::size_t i = 0; i < content.size(); i += 4096) {
    content[i] = static_cast<char>(i >> 12);
  }
  put_text(bucket, "big", content);
  EXPECT_TRUE(get_text(bucket, "big") == content);
}

void abandoned_writers_leave_nothing(Bucket& bucket) {
  put_text(bucket, "old", "old");
  {
    const auto fresh = bucket.create({}, "fresh/object", {});
    const auto over = bucket.create({}, "old", {});
    fresh->append(as_bytes(std::string(2'000'000, 'x')));
    over->append(as_bytes("new"));
  }
  EXPECT_THAT(list_names(bucket, "", Listing::kRecursive), ElementsAre("old"));
  EXPECT_THAT(list_names(bucket, "", Listing::kFolder), ElementsAre("old"));
  EXPECT_EQ(get_text(bucket, "old"), "old");
}

void a_committed_writer_is_done(Bucket& bucket) {
  const auto writer = bucket.create({}, "object", {});
  writer->append(as_bytes("x"));
  writer->commit();
  expect_kind(ErrorKind::kInvalid, [&] { writer->append(as_bytes("y")); });
  expect_kind(ErrorKind::kInvalid, [&] { writer->commit(); });
  EXPECT_EQ(get_text(bucket, "object"), "x");
}

constexpr ContractCheck kChecks[] = {
    {"StreamsObjects", streams_objects},
    {"StreamsAnEmptyObject", streams_an_empty_object},
    {"KeepsBigObjects", keeps_big_objects},
    {"AbandonedWritersLeaveNothing", abandoned_writers_leave_nothing},
    {"ACommittedWriterIsDone", a_committed_writer_is_done},
};

}  // namespace

std::span<const ContractCheck> writer_contract() {
  return kChecks;
}

}  // namespace strata::objstore::testing
