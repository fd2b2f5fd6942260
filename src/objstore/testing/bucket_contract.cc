#include "objstore/testing/bucket_contract.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <barrier>
#include <stdexcept>
#include <thread>

#include "base/error.h"
#include "objstore/testing/contract_writers.h"
#include "objstore/testing/expectations.h"

namespace strata::objstore::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::uint64_t kAnySize = std::uint64_t{64} << 20;
constexpr int kRacers = 16;

void race(const std::function<void(int)>& body) {
  std::barrier start(kRacers);
  std::vector<std::jthread> threads;
  threads.reserve(kRacers);
  for (int i = 0; i < kRacers; ++i) {
    threads.emplace_back([&start, &body, i] {
      start.arrive_and_wait();
      body(i);
    });
  }
}

void shows_what_was_put(Bucket& bucket) {
  const ObjectInfo put = bucket.put({}, "folder/object", as_bytes("content"), {});
  EXPECT_EQ(put.name, "folder/object");
  EXPECT_EQ(put.size, 7U);
  EXPECT_TRUE(put.modified.has_value());
  EXPECT_FALSE(put.etag.empty());
  const auto stat = bucket.stat({}, "folder/object");
  ASSERT_TRUE(stat.has_value());
  expect_same(*stat, put);
  int pages = 0;
  bucket.list({}, "", Listing::kRecursive, [&](std::span<const ObjectInfo> page) {
    EXPECT_EQ(page.size(), 1U);
    expect_same(page.front(), put);
    ++pages;
    return true;
  });
  EXPECT_EQ(pages, 1);
  EXPECT_EQ(get_text(bucket, "folder/object"), "content");
}

void keeps_odd_names(Bucket& bucket) {
  std::vector<std::string> names = {"a b",       "a%2Fb",       "a?b=c&d",  "\xc3\xa4\xe2\x82\xac",
                                    "new\nline", "back\\slash", "*",        "...",
                                    "'\"`$(A)",  "~",           "\x01\x7f", "\xff\xfe",
                                    ".hidden",   "a/.hidden/b", "-rf",      std::string(255, 'n')};
  for (const std::string& name : names) {
    SCOPED_TRACE(name);
    put_text(bucket, name, name);
    EXPECT_EQ(get_text(bucket, name), name);
  }
  std::ranges::sort(names);
  EXPECT_EQ(list_names(bucket, "", Listing::kRecursive), names);
  for (const std::string& name : names) {
    bucket.remove({}, name);
  }
  EXPECT_THAT(list_names(bucket, "", Listing::kFolder), IsEmpty());
}

void refuses_names_that_leave_the_bucket(Bucket& bucket) {
  const std::string names[] = {"",
                               "/",
                               "/a",
                               "a/",
                               "a//b",
                               "..",
                               "../a",
                               "a/..",
                               ".",
                               "a/./b",
                               "a/b/",
                               "a/../b",
                               std::string("a\0b", 3)};
  for (const std::string& name : names) {
    SCOPED_TRACE(name);
    Buffer out(1);
    expect_kind(ErrorKind::kInvalid, [&] { (void)bucket.stat({}, name); });
    expect_kind(ErrorKind::kInvalid, [&] { (void)bucket.get({}, name, kAnySize); });
    expect_kind(ErrorKind::kInvalid, [&] { bucket.get_range({}, name, 0, out); });
    expect_kind(ErrorKind::kInvalid, [&] { bucket.put({}, name, {}, {}); });
    expect_kind(ErrorKind::kInvalid, [&] { (void)bucket.create({}, name, {}); });
    expect_kind(ErrorKind::kInvalid, [&] { bucket.remove({}, name); });
  }
  for (const std::string_view prefix : {"a", "/", "../", "a//", "/a/", "./"}) {
    SCOPED_TRACE(prefix);
    expect_kind(ErrorKind::kInvalid, [&] { list_names(bucket, prefix, Listing::kFolder); });
  }
  EXPECT_THAT(list_names(bucket, "", Listing::kRecursive), IsEmpty());
}

void lists_in_byte_order(Bucket& bucket) {
  for (const std::string_view name :
       {"b", "a/2", "a0", "a.txt", "a-b/x", "a/1", "a/c/d", "a/c/e", "B", "a/b/x"}) {
    put_text(bucket, name, "x");
  }
  EXPECT_THAT(list_names(bucket, "", Listing::kFolder),
              ElementsAre("B", "a-b/", "a.txt", "a/", "a0", "b"));
  EXPECT_THAT(
      list_names(bucket, "", Listing::kRecursive),
      ElementsAre("B", "a-b/x", "a.txt", "a/1", "a/2", "a/b/x", "a/c/d", "a/c/e", "a0", "b"));
  EXPECT_THAT(list_names(bucket, "a/", Listing::kFolder),
              ElementsAre("a/1", "a/2", "a/b/", "a/c/"));
  EXPECT_THAT(list_names(bucket, "a/", Listing::kRecursive),
              ElementsAre("a/1", "a/2", "a/b/x", "a/c/d", "a/c/e"));
  EXPECT_THAT(list_names(bucket, "a/c/", Listing::kFolder), ElementsAre("a/c/d", "a/c/e"));
}

void calls_no_visitor_for_nothing(Bucket& bucket) {
  put_text(bucket, "file", "x");
  for (const std::string_view prefix : {"none/", "file/", "fi/", "none/deeper/"}) {
    for (const Listing listing : {Listing::kFolder, Listing::kRecursive}) {
      bucket.list({}, prefix, listing, [&](std::span<const ObjectInfo>) {
        ADD_FAILURE() << prefix;
        return true;
      });
    }
  }
}

void pages_are_bounded_and_can_be_stopped(Bucket& bucket) {
  std::vector<std::string> names;
  for (int i = 0; i < 2100; ++i) {
    names.push_back(fmt::format("f{}/{:04}", i / 1050, i));
    bucket.put({}, names.back(), {}, {});
  }
  std::vector<std::string> seen;
  std::vector<std::size_t> sizes;
  bucket.list({}, "", Listing::kRecursive, [&](std::span<const ObjectInfo> page) {
    sizes.push_back(page.size());
    for (const ObjectInfo& info : page) {
      seen.push_back(info.name);
    }
    return true;
  });
  EXPECT_EQ(seen, names);
  EXPECT_GE(sizes.size(), 3U);
  EXPECT_LE(std::ranges::max(sizes), 1000U);
  EXPECT_GE(std::ranges::min(sizes), 1U);
  for (const Listing listing : {Listing::kFolder, Listing::kRecursive}) {
    int calls = 0;
    bucket.list({}, "f1/", listing, [&](std::span<const ObjectInfo>) {
      ++calls;
      return false;
    });
    EXPECT_EQ(calls, 1);
  }
}

struct VisitorFailure {};

void a_visitor_may_throw(Bucket& bucket) {
  put_text(bucket, "a", "x");
  EXPECT_THROW(bucket.list({}, "", Listing::kFolder,
                           [](std::span<const ObjectInfo>) -> bool { throw VisitorFailure{}; }),
               VisitorFailure);
  int calls = 0;
  expect_kind(ErrorKind::kTransient, [&] {
    bucket.list({}, "", Listing::kFolder, [&](std::span<const ObjectInfo>) -> bool {
      ++calls;
      throw Error(ErrorKind::kTransient, "of the visitor");
    });
  });
  EXPECT_EQ(calls, 1);
}

void a_folder_lives_as_long_as_its_objects(Bucket& bucket) {
  put_text(bucket, "block/chunks/1", "x");
  put_text(bucket, "block/meta", "x");
  EXPECT_THAT(list_names(bucket, "", Listing::kFolder), ElementsAre("block/"));
  bucket.remove({}, "block/chunks/1");
  EXPECT_THAT(list_names(bucket, "block/", Listing::kFolder), ElementsAre("block/meta"));
  bucket.remove({}, "block/meta");
  EXPECT_THAT(list_names(bucket, "", Listing::kFolder), IsEmpty());
  put_text(bucket, "block/chunks/1", "again");
  EXPECT_EQ(get_text(bucket, "block/chunks/1"), "again");
}

void a_folder_is_no_object(Bucket& bucket) {
  put_text(bucket, "folder/object", "x");
  EXPECT_FALSE(bucket.stat({}, "folder").has_value());
  EXPECT_FALSE(bucket.get({}, "folder", kAnySize).has_value());
  EXPECT_FALSE(bucket.stat({}, "folder/object/below").has_value());
  Buffer out(1);
  expect_kind(ErrorKind::kNotFound, [&] { bucket.get_range({}, "folder", 0, out); });
  expect_kind(ErrorKind::kNotFound, [&] { bucket.remove({}, "folder"); });
  EXPECT_EQ(get_text(bucket, "folder/object"), "x");
}

void reads_ranges_exactly(Bucket& bucket) {
  put_text(bucket, "object", "0123456789");
  struct Case {
    std::uint64_t offset;
    std::size_t size;
    std::string want;  // "!": corrupt
  };
  const Case cases[] = {
      {0, 10, "0123456789"}, {0, 1, "0"}, {9, 1, "9"},  {3, 4, "3456"}, {0, 0, ""},     {10, 0, ""},
      {10, 1, "!"},          {9, 2, "!"}, {0, 11, "!"}, {11, 0, "!"},   {~0ULL, 1, "!"}};
  for (const Case& test : cases) {
    SCOPED_TRACE(fmt::format("{}+{}", test.offset, test.size));
    Buffer out(test.size);
    if (test.want == "!") {
      expect_kind(ErrorKind::kCorrupt, [&] { bucket.get_range({}, "object", test.offset, out); });
      continue;
    }
    bucket.get_range({}, "object", test.offset, out);
    EXPECT_EQ(as_text(out), test.want);
  }
}

void reads_whole_objects_up_to_a_limit(Bucket& bucket) {
  put_text(bucket, "object", "0123456789");
  put_text(bucket, "empty", "");
  EXPECT_TRUE(bucket.get({}, "object", 10).has_value());
  expect_kind(ErrorKind::kInvalid, [&] { (void)bucket.get({}, "object", 9); });
  const auto empty = bucket.get({}, "empty", 0);
  ASSERT_TRUE(empty.has_value());
  EXPECT_TRUE(empty->empty());
}

void says_what_is_missing(Bucket& bucket) {
  for (const std::string_view name : {"missing", "missing/deeper"}) {
    Buffer out(1);
    EXPECT_FALSE(bucket.stat({}, name).has_value());
    EXPECT_FALSE(bucket.get({}, name, kAnySize).has_value());
    expect_kind(ErrorKind::kNotFound, [&] { bucket.get_range({}, name, 0, out); });
    expect_kind(ErrorKind::kNotFound, [&] { bucket.remove({}, name); });
  }
}

void errors_name_the_object(Bucket& bucket) {
  try {
    bucket.remove({}, "folder/missing");
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("folder/missing"));
  }
}

void overwrites(Bucket& bucket) {
  const ObjectInfo first = bucket.put({}, "object", as_bytes("first"), {});
  const ObjectInfo second = bucket.put({}, "object", as_bytes("other"), {});
  EXPECT_NE(first.etag, second.etag);
  EXPECT_EQ(get_text(bucket, "object"), "other");
  EXPECT_THAT(list_names(bucket, "", Listing::kRecursive), ElementsAre("object"));
}

void creates_only_once(Bucket& bucket) {
  const PutCondition create_only{.create_only = true, .if_etag = {}};
  bucket.put({}, "a/object", as_bytes("first"), create_only);
  expect_kind(ErrorKind::kConflict,
              [&] { bucket.put({}, "a/object", as_bytes("second"), create_only); });
  const auto writer = bucket.create({}, "a/object", create_only);
  writer->append(as_bytes("third"));
  expect_kind(ErrorKind::kConflict, [&] { writer->commit(); });
  EXPECT_EQ(get_text(bucket, "a/object"), "first");
  bucket.remove({}, "a/object");
  bucket.put({}, "a/object", as_bytes("fourth"), create_only);
  EXPECT_EQ(get_text(bucket, "a/object"), "fourth");
}

void replaces_only_what_is_unchanged(Bucket& bucket) {
  const ObjectInfo first = bucket.put({}, "object", as_bytes("1"), {});
  const PutCondition if_first{.create_only = false, .if_etag = first.etag};
  const ObjectInfo second = bucket.put({}, "object", as_bytes("2"), if_first);
  expect_kind(ErrorKind::kConflict, [&] { bucket.put({}, "object", as_bytes("3"), if_first); });
  expect_kind(ErrorKind::kConflict, [&] { bucket.put({}, "missing", as_bytes("3"), if_first); });
  EXPECT_EQ(get_text(bucket, "object"), "2");
  const PutCondition if_second{.create_only = false, .if_etag = second.etag};
  const auto writer = bucket.create({}, "object", if_second);
  writer->append(as_bytes("4"));
  writer->commit();
  EXPECT_EQ(get_text(bucket, "object"), "4");
  bucket.remove({}, "object");
  expect_kind(ErrorKind::kConflict, [&] { bucket.put({}, "object", as_bytes("5"), if_second); });
  EXPECT_THAT(list_names(bucket, "", Listing::kRecursive), IsEmpty());
}

// Half of the racers put, half stream.
void one_of_many_creators_wins(Bucket& bucket) {
  for (int round = 0; round < 8; ++round) {
    const std::string object = fmt::format("races/{}/winner", round);
    std::atomic<int> wins{0};
    std::atomic<int> conflicts{0};
    std::atomic<int> winner{-1};
    race([&](int racer) {
      const PutCondition create_only{.create_only = true, .if_etag = {}};
      const std::string content = fmt::format("racer {}", racer);
      try {
        if (racer % 2 == 0) {
          bucket.put({}, object, as_bytes(content), create_only);
        } else {
          const auto writer = bucket.create({}, object, create_only);
          writer->append(as_bytes(content));
          writer->commit();
        }
        ++wins;
        winner = racer;
      } catch (const Error& error) {
        conflicts += error.kind() == ErrorKind::kConflict ? 1 : 0;
      }
    });
    EXPECT_EQ(wins, 1);
    EXPECT_EQ(conflicts, kRacers - 1);
    EXPECT_EQ(get_text(bucket, object), fmt::format("racer {}", winner.load()));
  }
}

void no_conditional_update_is_lost(Bucket& bucket) {
  constexpr int kUpdates = 4;
  put_text(bucket, "counter", "0");
  race([&](int) {
    for (int done = 0; done < kUpdates;) {
      // The ETag first: a content that is newer than it makes the put fail, never the other way
      // round.
      const auto info = bucket.stat({}, "counter");
      const int value = std::stoi(get_text(bucket, "counter"));
      try {
        bucket.put({}, "counter", as_bytes(std::to_string(value + 1)),
                   {.create_only = false, .if_etag = info->etag});
        ++done;
      } catch (const Error& error) {
        if (error.kind() != ErrorKind::kConflict) {
          ADD_FAILURE() << error.what();
          return;
        }
      }
    }
  });
  EXPECT_EQ(get_text(bucket, "counter"), std::to_string(kUpdates * kRacers));
}

void readers_see_one_version(Bucket& bucket) {
  const std::string versions[] = {std::string(200'000, 'a'), std::string(100'000, 'b')};
  put_text(bucket, "object", versions[0]);
  std::atomic<bool> done{false};
  {
    std::jthread writer([&] {
      for (int i = 0; i < 20; ++i) {
        put_text(bucket, "object", versions[i % 2]);
      }
      done = true;
    });
    while (!done) {
      const std::string seen = get_text(bucket, "object");
      ASSERT_TRUE(seen == versions[0] || seen == versions[1]) << seen.size();
    }
  }
}

void folders_come_and_go_under_writers(Bucket& bucket) {
  race([&](int racer) {
    for (int i = 0; i < 10; ++i) {
      const std::string object = fmt::format("shared/deep/folder/{}", racer);
      try {
        put_text(bucket, object, "x");
        bucket.remove({}, object);
      } catch (const Error& error) {
        ADD_FAILURE() << error.what();
      }
    }
  });
  EXPECT_THAT(list_names(bucket, "", Listing::kFolder), IsEmpty());
}

void honours_stop(Bucket& bucket) {
  put_text(bucket, "object", "x");
  std::stop_source source;
  const std::stop_token stop = source.get_token();
  const auto writer = bucket.create(stop, "new", {});
  source.request_stop();
  Buffer out(1);
  const auto cancelled = [](const auto& call) { expect_kind(ErrorKind::kCancelled, call); };
  cancelled([&] { writer->append(as_bytes("x")); });
  cancelled([&] { writer->commit(); });
  cancelled([&] { (void)bucket.stat(stop, "object"); });
  cancelled([&] { (void)bucket.get(stop, "object", kAnySize); });
  cancelled([&] { bucket.get_range(stop, "object", 0, out); });
  cancelled([&] { bucket.put(stop, "new", {}, {}); });
  cancelled([&] { (void)bucket.create(stop, "new", {}); });
  cancelled([&] { bucket.remove(stop, "object"); });
  cancelled([&] {
    bucket.list(stop, "", Listing::kRecursive, [](std::span<const ObjectInfo>) { return true; });
  });
  EXPECT_THAT(list_names(bucket, "", Listing::kRecursive), ElementsAre("object"));
}

constexpr ContractCheck kChecks[] = {
    {"ShowsWhatWasPut", shows_what_was_put},
    {"KeepsOddNames", keeps_odd_names},
    {"RefusesNamesThatLeaveTheBucket", refuses_names_that_leave_the_bucket},
    {"ListsInByteOrder", lists_in_byte_order},
    {"CallsNoVisitorForNothing", calls_no_visitor_for_nothing},
    {"PagesAreBoundedAndCanBeStopped", pages_are_bounded_and_can_be_stopped},
    {"AVisitorMayThrow", a_visitor_may_throw},
    {"AFolderLivesAsLongAsItsObjects", a_folder_lives_as_long_as_its_objects},
    {"AFolderIsNoObject", a_folder_is_no_object},
    {"ReadsRangesExactly", reads_ranges_exactly},
    {"ReadsWholeObjectsUpToALimit", reads_whole_objects_up_to_a_limit},
    {"SaysWhatIsMissing", says_what_is_missing},
    {"ErrorsNameTheObject", errors_name_the_object},
    {"Overwrites", overwrites},
    {"CreatesOnlyOnce", creates_only_once},
    {"ReplacesOnlyWhatIsUnchanged", replaces_only_what_is_unchanged},
    {"OneOfManyCreatorsWins", one_of_many_creators_wins},
    {"NoConditionalUpdateIsLost", no_conditional_update_is_lost},
    {"ReadersSeeOneVersion", readers_see_one_version},
    {"FoldersComeAndGoUnderWriters", folders_come_and_go_under_writers},
    {"HonoursStop", honours_stop},
};

}  // namespace

std::span<const ContractCheck> bucket_contract() {
  static const std::vector<ContractCheck> checks = [] {
    std::vector<ContractCheck> all(std::begin(kChecks), std::end(kChecks));
    const auto writers = writer_contract();
    all.insert(all.end(), writers.begin(), writers.end());
    return all;
  }();
  return checks;
}

void put_text(Bucket& bucket, std::string_view object, std::string_view text) {
  bucket.put({}, object, as_bytes(text), {});
}

std::string get_text(Bucket& bucket, std::string_view object) {
  const auto content = bucket.get({}, object, kAnySize);
  if (!content) {
    throw Error(ErrorKind::kNotFound, fmt::format("{} is missing", object));
  }
  return std::string(as_text(*content));
}

std::vector<std::string> list_names(Bucket& bucket, std::string_view prefix, Listing listing) {
  std::vector<std::string> names;
  bucket.list({}, prefix, listing, [&](std::span<const ObjectInfo> page) {
    for (const ObjectInfo& info : page) {
      names.push_back(info.name);
    }
    return true;
  });
  return names;
}

}  // namespace strata::objstore::testing
