#include "objstore/object_name.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/error.h"

namespace strata::objstore {
namespace {

std::string refusal(std::string_view name) {
  try {
    check_object_name(name);
    return "";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInvalid);
    return error.message();
  }
}

TEST(ObjectName, SaysWhatIsWrongWithIt) {
  struct Case {
    std::string name;
    const char* why;  // empty: fine
  };
  const Case cases[] = {{"a", ""},
                        {"a/b/c", ""},
                        {"..a/b../...", ""},
                        {"", "is empty"},
                        {"/a", "has an empty component"},
                        {"a/", "has an empty component"},
                        {"a//b", "has an empty component"},
                        {"..", "has a relative component"},
                        {"a/./b", "has a relative component"},
                        {"a/..", "has a relative component"},
                        {std::string("a\0b", 3), "has a NUL byte"}};
  for (const Case& test : cases) {
    SCOPED_TRACE(test.name);
    EXPECT_THAT(refusal(test.name), ::testing::EndsWith(test.why));
    EXPECT_EQ(refusal(test.name).empty(), std::string(test.why).empty());
  }
}

TEST(ObjectName, APrefixIsEmptyOrEndsInOneSlash) {
  for (const std::string_view prefix : {"", "a/", "a/b/"}) {
    EXPECT_NO_THROW(check_prefix(prefix)) << prefix;
  }
  for (const std::string_view prefix : {"a", "/", "a//", "/a/", "../", "a/./"}) {
    EXPECT_THROW(check_prefix(prefix), Error) << prefix;
  }
}

}  // namespace
}  // namespace strata::objstore
