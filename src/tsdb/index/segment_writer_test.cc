#include "tsdb/index/segment_writer.h"

#include <gtest/gtest.h>

#include <vector>

namespace strata::tsdb {
namespace {

class CountingSink : public BlockSink {
 public:
  class File : public ByteSink {
   public:
    void append(Bytes bytes) override { size_ += bytes.size(); }
    std::uint64_t size() const override { return size_; }
    void commit() override {}

   private:
    std::uint64_t size_ = 0;
  };
  std::unique_ptr<ByteSink> create_index() override { return std::make_unique<File>(); }
  std::unique_ptr<ByteSink> create_segment(std::uint32_t) override {
    return std::make_unique<File>();
  }
};

struct Placed {
  std::uint64_t segment;
  std::uint64_t offset;
  bool operator==(const Placed&) const = default;
};

// Data lengths per series in, places out.
std::vector<Placed> place(std::uint64_t limit,
                          const std::vector<std::vector<std::uint64_t>>& series) {
  CountingSink sink;
  SegmentWriter writer(sink, limit);
  std::vector<Placed> places;
  for (const auto& chunks : series) {
    writer.begin_series();
    for (const std::uint64_t data : chunks) {
      const Buffer record(1 + 1 + data + 4);
      const std::uint64_t ref = writer.add(data, record);
      places.push_back({ref >> 32, ref & 0xffffffffU});
      writer.flush();
    }
  }
  writer.finish();
  return places;
}

TEST(SegmentWriter, CutsAsTheReferenceDoes) {
  // A record of 20 bytes data takes 26 here; the rule takes it for 30.
  using Places = std::vector<Placed>;
  EXPECT_EQ(place(1000, {{20, 20}}), (Places{{0, 8}, {0, 34}}));
  // Within the first series the estimate decides: 8 + 30 + 30 > 60.
  EXPECT_EQ(place(60, {{20, 20, 20}}), (Places{{0, 8}, {1, 8}, {2, 8}}));
  // A new series may be cut before its first chunk.
  EXPECT_EQ(place(60, {{20}, {20}}), (Places{{0, 8}, {1, 8}}));
  EXPECT_EQ(place(64, {{20}, {20}}), (Places{{0, 8}, {0, 34}}));
  // One chunk above the limit gets a segment of its own, also as the very first.
  EXPECT_EQ(place(60, {{100, 20}}), (Places{{0, 8}, {1, 8}}));
  EXPECT_EQ(place(60, {{20}, {100}, {20}}), (Places{{0, 8}, {1, 8}, {2, 8}}));
}

TEST(SegmentWriter, MakesNoFileWithoutChunks) {
  CountingSink sink;
  SegmentWriter writer(sink, 100);
  writer.finish();
  EXPECT_TRUE(writer.sizes().empty());
}

}  // namespace
}  // namespace strata::tsdb
