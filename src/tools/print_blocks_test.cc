#include "tools/print_blocks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <sstream>

#include "base/error.h"
#include "block/marks.h"
#include "block/object_name.h"
#include "objstore/testing/bucket_contract.h"
#include "objstore/testing/memory_bucket.h"

namespace strata::tools {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr Timestamp kNow = 1'700'000'000'000;
constexpr std::int64_t kHour = 3'600'000;

// Ids end in their number.
Ulid id(unsigned n) {
  std::array<std::uint8_t, 16> bytes{0x01, 0x8b, 0xc0, 0x00};
  bytes[15] = static_cast<std::uint8_t>(n);
  return Ulid(bytes);
}

class PrintBlocks : public ::testing::Test {
 protected:
  PrintBlocks() {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
    add(1, {.min = 1'699'920'000'000, .max = 1'699'920'000'000 + 2 * kHour}, block::kRaw,
        {{"cluster", "eu"}, {"replica", "a"}});
    add(2, {.min = 1'699'747'200'000, .max = 1'699'747'200'000 + 48 * kHour}, block::k5m,
        {{"cluster", "us"}});
    add(3, {.min = 1'699'920'000'000, .max = 1'699'920'000'000 + 2 * kHour}, block::kRaw, {});
    bucket_.put({}, block::object_name(id(4), "index"), as_bytes("partial"), {});
    objstore::testing::put_text(bucket_, "debug/metas/file", "no block");
  }

  void add(unsigned n, TimeRange range, block::Resolution resolution, block::Labels labels) {
    block::Meta meta;
    meta.ulid = id(n);
    meta.range = range;
    meta.stats.num_series = 1000ULL * n;
    meta.stats.num_samples = 1'234'567ULL * n;
    meta.stats.num_chunks = 10ULL * n;
    meta.compaction.level = static_cast<int>(4 - n);
    meta.compaction.sources = {meta.ulid};
    meta.thanos.version = 1;
    meta.thanos.labels = std::move(labels);
    meta.thanos.resolution = resolution;
    meta.thanos.source = n == 2 ? "compactor" : "sidecar";
    bucket_.put({}, block::object_name(meta.ulid, "meta.json"), as_bytes(block::format_meta(meta)),
                {});
  }
  void mark(unsigned n, std::int64_t time_s) {
    block::put_mark({}, bucket_,
                    {.kind = block::MarkKind::kDeletion,
                     .block = id(n),
                     .details = {},
                     .time_s = time_s,
                     .reason = {}});
  }
  std::string ls(const PrintBlocksOptions& options) {
    std::ostringstream out;
    report_ = print_blocks({}, bucket_, clock_, options, out);
    return out.str();
  }
  std::string inspect(const PrintTableOptions& options) {
    std::ostringstream out;
    report_ = print_block_table({}, bucket_, clock_, options, out);
    return out.str();
  }
  // The ULIDs' numbers in their order of appearance in a table.
  std::vector<int> order(std::vector<std::string> sort_by) {
    std::istringstream lines(
        inspect({.format = TableFormat::kTsv, .selector = {}, .sort_by = std::move(sort_by)}));
    std::vector<int> numbers;
    std::string line;
    std::getline(lines, line);
    while (std::getline(lines, line)) {
      numbers.push_back(line[25] - '0');
    }
    return numbers;
  }

  ManualClock clock_{kNow};
  objstore::testing::MemoryBucket bucket_{clock_};
  PrintReport report_;
};

TEST_F(PrintBlocks, PlainIsOneUlidALine) {
  EXPECT_EQ(ls({}), id(1).to_string() + "\n" + id(2).to_string() + "\n" + id(3).to_string() + "\n");
  EXPECT_EQ(report_.blocks, 3U);
}

TEST_F(PrintBlocks, WideIsTheReferencesLine) {
  EXPECT_EQ(ls({.format = BlockFormat::kWide}),
            id(1).to_string() +
                " -- 2023-11-14T00:00:00Z - 2023-11-14T02:00:00Z Diff: 2h0m0s, Compaction: 3, "
                "Downsample: 0, Source: sidecar\n" +
                id(2).to_string() +
                " -- 2023-11-12T00:00:00Z - 2023-11-14T00:00:00Z Diff: 48h0m0s, Compaction: 2, "
                "Downsample: 300000, Source: compactor\n" +
                id(3).to_string() +
                " -- 2023-11-14T00:00:00Z - 2023-11-14T02:00:00Z Diff: 2h0m0s, Compaction: 1, "
                "Downsample: 0, Source: sidecar\n");
}

TEST_F(PrintBlocks, JsonIsEachMeta) {
  std::string want;
  for (unsigned n = 1; n <= 3; ++n) {
    want += objstore::testing::get_text(bucket_, block::object_name(id(n), "meta.json"));
  }
  EXPECT_EQ(ls({.format = BlockFormat::kJson}), want);
}

TEST_F(PrintBlocks, TsvHasAHeader) {
  const std::string text = ls({.format = BlockFormat::kTsv});
  EXPECT_EQ(text.substr(0, text.find(id(3).to_string())),
            "ULID\tFROM\tUNTIL\tRANGE\tCOMP-LEVEL\tRESOLUTION\tSOURCE\tLABELS\n" +
                id(1).to_string() +
                "\t2023-11-14T00:00:00Z\t2023-11-14T02:00:00Z\t2h0m0s\t3\t0s\tsidecar\t"
                "cluster=eu,replica=a\n" +
                id(2).to_string() +
                "\t2023-11-12T00:00:00Z\t2023-11-14T00:00:00Z\t48h0m0s\t2\t5m0s\tcompactor\t"
                "cluster=us\n");
}

TEST_F(PrintBlocks, LeavesOutWhatIsMarkedOutsideOrDeselected) {
  mark(1, kNow / 1000 - 1);
  mark(3, kNow / 1000 + 60);  // not yet
  EXPECT_EQ(ls({.exclude_marked = true}), id(2).to_string() + "\n" + id(3).to_string() + "\n");
  ls({.exclude_marked = false});
  EXPECT_EQ(report_.blocks, 3U);

  // Both bounds belong to the range, as do a block's.
  ls({.min_time = 1'699'747'200'000 + 48 * kHour});
  EXPECT_EQ(report_.blocks, 3U);
  ls({.min_time = 1'699'747'200'000 + 48 * kHour + 1});
  EXPECT_EQ(report_.blocks, 2U);
  EXPECT_EQ(ls({.max_time = 1'699'920'000'000 - 1}), id(2).to_string() + "\n");

  const auto selector = block::RelabelConfig::parse(
      "- action: keep\n  source_labels: [cluster]\n  regex: eu\n", "selector");
  EXPECT_EQ(ls({.selector = selector}), id(1).to_string() + "\n");
  const auto by_id = block::RelabelConfig::parse(
      "- action: drop\n  source_labels: [__block_id]\n  regex: " + id(2).to_string() + "\n",
      "selector");
  EXPECT_EQ(ls({.selector = by_id}), id(1).to_string() + "\n" + id(3).to_string() + "\n");
}

TEST_F(PrintBlocks, WhatCannotBeReadIsNamed) {
  bucket_.put({}, block::object_name(id(1), "deletion-mark.json"), as_bytes("{"), {});
  EXPECT_THAT(ls({}), HasSubstr(id(1).to_string()));
  EXPECT_THAT(report_.warnings, ElementsAre(HasSubstr(id(1).to_string())));
}

TEST_F(PrintBlocks, KnowsItsFormats) {
  EXPECT_EQ(parse_block_format(""), BlockFormat::kPlain);
  EXPECT_EQ(parse_block_format("plain"), BlockFormat::kPlain);
  EXPECT_EQ(parse_block_format("wide"), BlockFormat::kWide);
  EXPECT_EQ(parse_block_format("json"), BlockFormat::kJson);
  EXPECT_EQ(parse_block_format("tsv"), BlockFormat::kTsv);
  EXPECT_FALSE(parse_block_format("{{.ULID}}").has_value());
}

TEST_F(PrintBlocks, TableIsTheReferences) {
  const std::string header =
      "|            ULID            |         FROM         |        UNTIL         |  RANGE  | "
      "UNTIL-DOWN | #SERIES | #SAMPLES  | #CHUNKS | COMP-LEVEL | COMP-FAILED |        LABELS       "
      " | RESOLUTION |  SOURCE   |\n"
      "|----------------------------|----------------------|----------------------|---------|------"
      "------|---------|-----------|---------|------------|-------------|----------------------|--"
      "----------|-----------|\n";
  EXPECT_EQ(
      inspect({}),
      header + "| " + id(2).to_string() +
          " | 2023-11-12T00:00:00Z | 2023-11-14T00:00:00Z | 48h0m0s | 192h0m0s   | 2,000   | "
          "2,469,134 | 20      | 2          | false       | cluster=us           | 5m0s       "
          "| compactor |\n| " +
          id(1).to_string() +
          " | 2023-11-14T00:00:00Z | 2023-11-14T02:00:00Z | 2h0m0s  | 38h0m0s    | 1,000   | "
          "1,234,567 | 10      | 3          | false       | cluster=eu,replica=a | 0s         "
          "| sidecar   |\n| " +
          id(3).to_string() +
          " | 2023-11-14T00:00:00Z | 2023-11-14T02:00:00Z | 2h0m0s  | 38h0m0s    | 3,000   | "
          "3,703,701 | 30      | 1          | false       |                      | 0s         "
          "| sidecar   |\n");
}

TEST_F(PrintBlocks, CsvQuotesGroupedNumbers) {
  EXPECT_EQ(inspect({.format = TableFormat::kCsv, .selector = {{"replica", "a"}}}),
            "ULID,FROM,UNTIL,RANGE,UNTIL-DOWN,#SERIES,#SAMPLES,#CHUNKS,COMP-LEVEL,COMP-FAILED,"
            "LABELS,RESOLUTION,SOURCE\n" +
                id(1).to_string() +
                ",2023-11-14T00:00:00Z,2023-11-14T02:00:00Z,2h0m0s,38h0m0s,\"1,000\","
                "\"1,234,567\",10,3,false,\"cluster=eu,replica=a\",0s,sidecar\n");
  EXPECT_EQ(report_.blocks, 1U);
}

TEST_F(PrintBlocks, SortsByTheValuesOfColumns) {
  add(5, {.min = 0, .max = 240 * kHour}, block::k1h, {{"cluster", "aa"}});
  EXPECT_EQ(order({}), (std::vector<int>{1, 2, 3, 5}));
  EXPECT_EQ(order({"ULID"}), (std::vector<int>{1, 2, 3, 5}));
  EXPECT_EQ(order({"FROM"}), (std::vector<int>{5, 2, 1, 3}));
  EXPECT_EQ(order({"UNTIL"}), (std::vector<int>{5, 2, 1, 3}));
  EXPECT_EQ(order({"RANGE"}), (std::vector<int>{1, 3, 2, 5}));
  EXPECT_EQ(order({"UNTIL-DOWN"}), (std::vector<int>{5, 1, 3, 2}));  // none is least
  EXPECT_EQ(order({"#SAMPLES"}), (std::vector<int>{1, 2, 3, 5}));
  EXPECT_EQ(order({"COMP-LEVEL"}), (std::vector<int>{5, 3, 2, 1}));
  EXPECT_EQ(order({"LABELS"}), (std::vector<int>{3, 5, 1, 2}));
  EXPECT_EQ(order({"RESOLUTION", "COMP-LEVEL"}), (std::vector<int>{3, 1, 2, 5}));
  EXPECT_EQ(order({"SOURCE", "#CHUNKS"}), (std::vector<int>{2, 1, 3, 5}));
  EXPECT_THROW(order({"NONE"}), Error);
}

}  // namespace
}  // namespace strata::tools
