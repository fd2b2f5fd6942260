#include "tools/label_selector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "base/error.h"

namespace strata::tools {
namespace {

block::Labels parse(std::vector<std::string> pairs) {
  return parse_label_selector(pairs);
}

TEST(LabelSelector, ReadsValuesAsGoQuotesThem) {
  EXPECT_EQ(parse({}), block::Labels{});
  EXPECT_EQ(parse({"a=\"1\"", "b=`2\"`", "c=\"\""}),
            (block::Labels{{"a", "1"}, {"b", "2\""}, {"c", ""}}));
  struct Case {
    const char* quoted;
    const char* value;
  };
  const Case cases[] = {{R"("x=y")", "x=y"},
                        {R"("\\\"\n\t")", "\\\"\n\t"},
                        {R"("\x41\101")", "AA"},
                        {R"("\u00e4\u20ac\U0001F600")", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"}};
  for (const Case& test : cases) {
    EXPECT_EQ(parse({std::string("n=") + test.quoted}), (block::Labels{{"n", test.value}}));
  }
}

TEST(LabelSelector, RefusesWhatIsNoPair) {
  for (const char* pair :
       {"a", "", "=\"x\"", "a=x", "a=", "a=\"", "a=\"x", "a=\"x\"y\"", "a='x'", "a=\"\\q\"",
        "a=\"\\x4\"", "a=\"\\400\"", "a=\"\\ud800\"", "a=\"\\\"", "a=`x`y`", "a=\"x\ny\""}) {
    SCOPED_TRACE(pair);
    EXPECT_THROW(parse({pair}), Error);
  }
}

TEST(LabelSelector, WantsEveryLabel) {
  const block::Labels labels{{"cluster", "eu"}, {"replica", "a"}};
  EXPECT_TRUE(matches(labels, {}));
  EXPECT_TRUE(matches(labels, {{"replica", "a"}}));
  EXPECT_TRUE(matches(labels, labels));
  EXPECT_FALSE(matches(labels, {{"replica", "b"}}));
  EXPECT_FALSE(matches(labels, {{"replica", "a"}, {"zone", ""}}));
}

}  // namespace
}  // namespace strata::tools
