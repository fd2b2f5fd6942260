#include "base/env_expand.h"

#include <gtest/gtest.h>

#include <map>

#include "base/error.h"

namespace strata {
namespace {

std::optional<std::string> lookup(const std::string& name) {
  static const std::map<std::string, std::string> values = {
      {"A", "alpha"}, {"B_2", "$(A)"}, {"EMPTY", ""}, {"9", "nine"}};
  const auto found = values.find(name);
  return found == values.end() ? std::nullopt : std::optional(found->second);
}

TEST(ExpandEnv, ReplacesWhatIsANameInParenthesesAndNothingElse) {
  struct Case {
    std::string in;
    std::string want;
  };
  const Case cases[] = {
      {"", ""},
      {"plain $A ${A} $", "plain $A ${A} $"},
      {"$(A)", "alpha"},
      {"x$(A)$(A)y", "xalphaalphay"},
      {"$$(A)", "$alpha"},
      {"$($(A))", "$(alpha)"},
      {"$(B_2)", "$(A)"},
      {"[$(EMPTY)]", "[]"},
      {"$(9)", "nine"},
      {"$()", "$()"},
      {"$(A", "$(A"},
      {"$(A b)", "$(A b)"},
      {"$(A-B)", "$(A-B)"},
      {"$(", "$("},
      {"\\$(A)", "\\alpha"},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.in);
    EXPECT_EQ(expand_env(test.in, lookup), test.want);
  }
}

TEST(ExpandEnv, RefusesAnUnsetVariableByName) {
  try {
    expand_env("a: $(MISSING)", lookup);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInvalid);
    EXPECT_STREQ(error.what(), "found reference to unset environment variable \"MISSING\"");
  }
}

TEST(ExpandEnv, AsksTheProcessByDefault) {
  ASSERT_EQ(::setenv("STRATA_EXPAND_TEST", "value", 1), 0);
  EXPECT_EQ(expand_env("$(STRATA_EXPAND_TEST)"), "value");
  ASSERT_EQ(::unsetenv("STRATA_EXPAND_TEST"), 0);
  EXPECT_THROW(expand_env("$(STRATA_EXPAND_TEST)"), Error);
}

}  // namespace
}  // namespace strata
