#include "block/relabel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace strata::block {
namespace {

using ::testing::HasSubstr;

TEST(Relabel, WithoutRulesKeepsEverything) {
  EXPECT_TRUE(RelabelConfig().keeps({}));
  for (const char* yaml : {"", "[]", "# nothing\n", "null"}) {
    EXPECT_TRUE(RelabelConfig::parse(yaml, "selector").empty()) << yaml;
  }
}

TEST(Relabel, KeepsAndDropsByAnchoredRegex) {
  const struct {
    std::string name, yaml;
    bool want;
  } cases[] = {
      {"keep a match", "[{action: keep, source_labels: [a], regex: x.}]", true},
      {"keep is anchored", "[{action: keep, source_labels: [a], regex: x}]", false},
      {"each alternative is", "[{action: keep, source_labels: [a], regex: x|y}]", false},
      {"drop a match", "[{action: drop, source_labels: [a], regex: xy}]", false},
      {"drop nothing else", "[{action: drop, source_labels: [a], regex: x}]", true},
      {"any letter case of the action", "[{action: DROP, source_labels: [a]}]", false},
      {"two labels", "[{action: keep, source_labels: [a, b], regex: xy;z}]", true},
      {"a separator", "[{action: keep, source_labels: [a, b], separator: '', regex: xyz}]", true},
      {"a label that is not there", "[{action: keep, source_labels: [c], regex: ''}]", true},
      {"no source labels", "[{action: drop, regex: ''}]", false},
      {"a dot matches a newline", "[{action: keep, source_labels: [n], regex: a.b}]", true},
      {"Go's named groups", "[{action: keep, source_labels: [a], regex: '(?<n>x)y'}]", true},
      {"but not in a class", "[{action: keep, source_labels: [g], regex: '[(?<]+'}]", true},
      {"nor when quoted", "[{action: keep, source_labels: [g], regex: '\\Q(?<\\E'}]", true},
      {"every rule counts", "[{action: keep, source_labels: [a]}, {action: drop, regex: ''}]",
       false},
  };
  for (const auto& [name, yaml, want] : cases) {
    SCOPED_TRACE(name);
    const Labels labels = {{"a", "xy"}, {"b", "z"}, {"n", "a\nb"}, {"g", "(?<"}};
    EXPECT_EQ(RelabelConfig::parse(yaml, "selector").keeps(labels), want);
  }
}

// The last eight bytes of MD5("foo;bar") are ddadc4ed9df31f3e.
TEST(Relabel, HashesIntoShards) {
  const auto shard_of = [](const std::string& modulus, const std::string& wanted) {
    return RelabelConfig::parse(
               "- action: hashmod\n  source_labels: [a, b]\n  target_label: s\n"
               "  modulus: " +
                   modulus + "\n- action: keep\n  source_labels: [s]\n  regex: " + wanted,
               "selector")
        .keeps({{"a", "foo"}, {"b", "bar"}});
  };
  EXPECT_TRUE(shard_of("18446744073709551615", "15973639978189266750"));
  EXPECT_TRUE(shard_of("7", "6"));
  EXPECT_FALSE(shard_of("7", "0"));
}

TEST(Relabel, RefusesWhatItDoesNotUnderstand) {
  const struct {
    std::string yaml, want;
  } cases[] = {
      {"{action: keep}", "not a list"},
      {"[x]", "a rule is a map"},
      {"- action: keep\n- action: replace\n", "line 2: action: replace"},
      {"[{source_labels: [a]}]", "replace (the default)"},
      {"[{action: keep, labels: [a]}]", "labels: an unknown key"},
      {"[{action: keep, action: drop}]", "action: given twice"},
      {"[{action: keep, source_labels: a}]", "not a list"},
      {"[{action: keep, source_labels: ['']}]", "an empty label name"},
      {"[{action: keep, regex: '('}]", "regex: "},
      {"[{action: keep, regex: '\\C'}]", "\\C"},
      {"[{action: keep, regex: [a]}]", "regex: not a string"},
      {"[{action: hashmod, target_label: a}]", "modulus"},
      {"[{action: hashmod, target_label: a, modulus: -1}]", "modulus: not a whole number"},
      {"[{action: hashmod, target_label: a, modulus: '3'}]", "modulus: not a whole number"},
      {"[{action: hashmod, modulus: 3}]", "target_label"},
      {"- action: keep\n  regex: [x\n", "line "},
      {"- action: keep\nb: c\n", "line 2"},
      {"[]\n---\n[]\n", "something follows"},
  };
  for (const auto& [yaml, want] : cases) {
    SCOPED_TRACE(yaml);
    try {
      RelabelConfig::parse(yaml, "selector");
      ADD_FAILURE() << "taken";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInvalid);
      EXPECT_THAT(error.what(), HasSubstr("selector"));
      EXPECT_THAT(error.what(), HasSubstr(want));
    }
  }
}

}  // namespace
}  // namespace strata::block
