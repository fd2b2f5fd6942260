#include "tools/change_marks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "block/object_name.h"
#include "objstore/testing/bucket_contract.h"
#include "objstore/testing/memory_bucket.h"

namespace strata::tools {
namespace {

using objstore::testing::get_text;
using objstore::testing::put_text;
using ::testing::ElementsAre;

class ChangeMarks : public ::testing::Test {
 protected:
  ChangeMarks() {
    for (const Ulid& id : {first_, second_}) {
      put_text(bucket_, block::object_name(id, "meta.json"), "{}");
    }
  }
  std::vector<MarkChange> change(const MarkBlocksOptions& options) {
    std::vector<MarkChange> changes;
    for (const MarkedBlock& marked : change_marks({}, bucket_, clock_, options)) {
      changes.push_back(marked.change);
    }
    return changes;
  }

  ManualClock clock_{1'700'000'000'999};
  objstore::testing::MemoryBucket bucket_{clock_};
  const Ulid first_ = *Ulid::parse("01HF7YAT00000000000000000A");
  const Ulid second_ = *Ulid::parse("01HF7YAT00000000000000000B");
  const Ulid missing_ = *Ulid::parse("01HF7YAT00000000000000000C");
};

TEST_F(ChangeMarks, WritesEachKindAsTheReferenceDoes) {
  struct Case {
    const char* file;
    std::string want;
  };
  const std::string id = R"("id":"01HF7YAT00000000000000000A")";
  const Case cases[] = {
      {"deletion-mark.json",
       "{" + id + R"(,"version":1,"details":"why","deletion_time":1700000000})"},
      {"no-compact-mark.json",
       "{" + id +
           R"(,"version":1,"details":"why","no_compact_time":1700000000,"reason":"manual"})"},
      {"no-downsample-mark.json",
       "{" + id +
           R"(,"version":1,"details":"why","no_downsample_time":1700000000,"reason":"manual"})"}};
  for (const Case& test : cases) {
    SCOPED_TRACE(test.file);
    const auto kind = parse_mark_kind(test.file);
    ASSERT_TRUE(kind.has_value());
    EXPECT_THAT(change({.kind = *kind, .ids = {first_}, .details = "why"}),
                ElementsAre(MarkChange::kWritten));
    EXPECT_EQ(get_text(bucket_, block::object_name(first_, test.file)), test.want);
  }
  EXPECT_FALSE(parse_mark_kind("meta.json").has_value());
}

TEST_F(ChangeMarks, AnExistingMarkStays) {
  change({.ids = {first_}, .details = "first"});
  const std::string object = block::object_name(first_, "deletion-mark.json");
  const std::string before = get_text(bucket_, object);
  EXPECT_THAT(change({.ids = {first_, second_, second_}, .details = "second"}),
              ElementsAre(MarkChange::kAlreadyThere, MarkChange::kWritten));
  EXPECT_EQ(get_text(bucket_, object), before);
}

TEST_F(ChangeMarks, MarksNothingWhereABlockIsMissing) {
  try {
    change({.ids = {first_, missing_}, .details = "x"});
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kNotFound);
    EXPECT_THAT(error.what(), ::testing::HasSubstr(missing_.to_string()));
  }
  EXPECT_FALSE(bucket_.stat({}, block::object_name(first_, "deletion-mark.json")).has_value());
}

TEST_F(ChangeMarks, RemovesMarksAndOnlyThose) {
  change({.ids = {first_}, .details = "x"});
  EXPECT_THAT(
      change({.ids = {first_, second_, missing_}, .details = {}, .remove = true}),
      ElementsAre(MarkChange::kRemoved, MarkChange::kWasNotThere, MarkChange::kWasNotThere));
  EXPECT_THAT(objstore::testing::list_names(bucket_, "", objstore::Listing::kRecursive),
              ElementsAre(block::object_name(first_, "meta.json"),
                          block::object_name(second_, "meta.json")));
}

}  // namespace
}  // namespace strata::tools
