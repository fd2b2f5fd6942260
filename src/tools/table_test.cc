#include "tools/table.h"

#include <gtest/gtest.h>

#include <sstream>

namespace strata::tools {
namespace {

std::string written(const Table& table, TableFormat format) {
  std::ostringstream out;
  write_table(table, format, out);
  return out.str();
}

TEST(Table, PadsColumnsBetweenBars) {
  const Table table{.header = {"A", "LONGER", "C"},
                    .rows = {{"12345", "x", ""}, {"1", "123456789", "y"}}};
  EXPECT_EQ(written(table, TableFormat::kTable),
            "|   A   |  LONGER   | C |\n"
            "|-------|-----------|---|\n"
            "| 12345 | x         |   |\n"
            "| 1     | 123456789 | y |\n");
}

TEST(Table, ALongHeaderIsCentredWithTheOddSpaceBehind) {
  EXPECT_EQ(written({.header = {"AB"}, .rows = {{"12345"}}}, TableFormat::kTable),
            "|  AB   |\n|-------|\n| 12345 |\n");
}

TEST(Table, WithoutRowsOnlyTheHeaderStands) {
  const Table table{.header = {"A", "B"}, .rows = {}};
  EXPECT_EQ(written(table, TableFormat::kTable), "| A | B |\n|---|---|\n");
  EXPECT_EQ(written(table, TableFormat::kCsv), "A,B\n");
}

TEST(Table, CountsCodePointsAndBreaksLinesWithinTheirCell) {
  EXPECT_EQ(written({.header = {"A", "B"}, .rows = {{"\xc3\xa4\xc3\xb6", "x\nyyy"}}},
                    TableFormat::kTable),
            "| A  |  B  |\n"
            "|----|-----|\n"
            "| \xc3\xa4\xc3\xb6 | x   |\n"
            "|    | yyy |\n");
}

TEST(Table, QuotesFieldsAsGoDoes) {
  struct Case {
    const char* field;
    const char* csv;
    const char* tsv;
  };
  const Case cases[] = {{"plain", "plain", "plain"},
                        {"", "", ""},
                        {"a,b", "\"a,b\"", "a,b"},
                        {"a\tb", "a\tb", "\"a\tb\""},
                        {"say \"x\"", "\"say \"\"x\"\"\"", "\"say \"\"x\"\"\""},
                        {"two\nlines", "\"two\nlines\"", "\"two\nlines\""},
                        {" space", "\" space\"", "\" space\""},
                        {"space ", "space ", "space "},
                        {"\\.", "\"\\.\"", "\"\\.\""}};
  for (const Case& test : cases) {
    SCOPED_TRACE(test.field);
    const Table table{.header = {"H", "I"}, .rows = {{test.field, "end"}}};
    EXPECT_EQ(written(table, TableFormat::kCsv), std::string("H,I\n") + test.csv + ",end\n");
    EXPECT_EQ(written(table, TableFormat::kTsv), std::string("H\tI\n") + test.tsv + "\tend\n");
  }
}

}  // namespace
}  // namespace strata::tools
