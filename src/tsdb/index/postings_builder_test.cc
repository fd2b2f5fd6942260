#include "tsdb/index/postings_builder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <random>
#include <vector>

#include "base/error.h"

namespace strata::tsdb {
namespace {

using Lists = std::map<PackedLabel, std::vector<std::uint32_t>>;

struct Gathered {
  std::vector<std::uint32_t> all;
  Lists lists;
  std::vector<PackedLabel> order;
};

PackedLabel label(std::uint64_t name, std::uint64_t value) {
  return name << 32 | value;
}

Gathered gather(PostingsBuilder& builder) {
  Gathered result;
  std::vector<std::uint32_t>* open = nullptr;
  builder.finish(
      [&](const PostingsBuilder::List& list) {
        open = list.all_series ? &result.all : &result.lists[list.label];
        EXPECT_TRUE(open->empty());
        if (!list.all_series) {
          result.order.push_back(list.label);
        }
      },
      [&](std::span<const std::uint32_t> ids) {
        open->insert(open->end(), ids.begin(), ids.end());
      });
  return result;
}

// Label sets of changing length, whose labels also change their place.
std::vector<PackedLabel> random_labels(std::mt19937& random) {
  std::vector<PackedLabel> labels;
  for (std::uint64_t name = 0; name < 8; ++name) {
    if (name == 0 || random() % 3 != 0) {
      labels.push_back(label(name, random() % (name < 4 ? 2 : 40)));
    }
  }
  return labels;
}

class PostingsOfRandomSeries : public ::testing::TestWithParam<std::size_t> {};

TEST_P(PostingsOfRandomSeries, AreThoseOfAMap) {
  for (const unsigned seed : {1U, 2U, 3U}) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    PostingsBuilder builder(std::filesystem::temp_directory_path(), GetParam());
    Gathered wanted;
    std::uint32_t id = 0;
    for (int i = 0; i < 20'000; ++i) {
      id += static_cast<std::uint32_t>(1 + random() % (random() % 100 == 0 ? 100'000 : 9));
      std::vector<PackedLabel> labels = random_labels(random);
      // As many neighbours share all of their labels but the last, or nearly all.
      for (int k = 0; k < static_cast<int>(random() % 5); ++k) {
        builder.add(id, labels);
        wanted.all.push_back(id);
        for (const PackedLabel each : labels) {
          wanted.lists[each].push_back(id);
        }
        labels.back() = label(7, random() % 500);
        ++id;
      }
    }
    const bool must_spill = GetParam() < 1'000'000;
    EXPECT_EQ(builder.runs() > 0, must_spill);
    const Gathered got = gather(builder);
    EXPECT_EQ(got.all, wanted.all);
    EXPECT_EQ(got.lists, wanted.lists);
    EXPECT_TRUE(std::ranges::is_sorted(got.order));
  }
}

INSTANTIATE_TEST_SUITE_P(Memory, PostingsOfRandomSeries,
                         ::testing::Values(std::size_t{16} << 20, std::size_t{100} << 10,
                                           std::size_t{30} << 10));

TEST(PostingsBuilder, HasTheListOfAllSeriesWithoutAny) {
  PostingsBuilder builder(std::filesystem::temp_directory_path(), 1 << 20);
  std::vector<std::uint32_t> counts;
  builder.finish(
      [&](const PostingsBuilder::List& list) {
        EXPECT_TRUE(list.all_series);
        counts.push_back(list.count);
      },
      [](std::span<const std::uint32_t>) { FAIL(); });
  EXPECT_EQ(counts, std::vector<std::uint32_t>{0});
}

TEST(PostingsBuilder, RefusesASeriesWithTheSameLabelTwice) {
  PostingsBuilder builder(std::filesystem::temp_directory_path(), 1 << 20);
  const std::vector<PackedLabel> twice = {label(1, 2), label(1, 2)};
  const auto use = [&] {
    builder.add(1, twice);
    gather(builder);
  };
  EXPECT_THROW(use(), Error);
}

}  // namespace
}  // namespace strata::tsdb
