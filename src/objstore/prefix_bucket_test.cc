#include "objstore/prefix_bucket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "objstore/testing/bucket_contract.h"
#include "objstore/testing/memory_bucket.h"

namespace strata::objstore {
namespace {

TEST(PrefixBucket, DropsSlashesAtBothEnds) {
  EXPECT_EQ(trim_slashes("//a/b//"), "a/b");
  EXPECT_EQ(trim_slashes("a"), "a");
  EXPECT_EQ(trim_slashes("///"), "");
  EXPECT_EQ(trim_slashes(""), "");
}

TEST(PrefixBucket, RefusesAPrefixThatLeavesTheBucket) {
  const SystemClock clock;
  for (const std::string_view prefix : {"", "/", "../a", "a//b", "a/./b"}) {
    SCOPED_TRACE(prefix);
    try {
      PrefixBucket bucket(std::make_unique<testing::MemoryBucket>(clock), prefix);
      ADD_FAILURE() << "no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInvalid);
      EXPECT_THAT(error.what(), ::testing::HasSubstr("prefix \""));
    }
  }
}

TEST(PrefixBucket, StoresBelowThePrefixUnderTheNameOfTheInnerBucket) {
  const SystemClock clock;
  auto memory = std::make_unique<testing::MemoryBucket>(clock, "inner");
  Bucket& inner = *memory;
  PrefixBucket bucket(std::move(memory), "/a/b/");
  testing::put_text(bucket, "block/meta", "x");
  testing::put_text(inner, "a/bc", "no part of it");
  EXPECT_EQ(bucket.name(), "inner");
  EXPECT_THAT(testing::list_names(inner, "", Listing::kRecursive),
              ::testing::ElementsAre("a/b/block/meta", "a/bc"));
  EXPECT_THAT(testing::list_names(bucket, "", Listing::kRecursive),
              ::testing::ElementsAre("block/meta"));
}

}  // namespace
}  // namespace strata::objstore
