#include "tsdb/index/series_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "base/big_endian.h"
#include "base/crc32c.h"
#include "base/error.h"
#include "base/varint.h"

namespace strata::tsdb {
namespace {

constexpr std::uint64_t kSymbols = 20'000;  // references of one, two and three bytes

class NamedSource : public ByteSource {
 public:
  explicit NamedSource(Buffer bytes) : bytes_(std::move(bytes)) {}
  const std::string& name() const override { return name_; }
  std::uint64_t size() const override { return bytes_.size(); }
  void read_at(std::uint64_t offset, MutableBytes out) const override {
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), out.size(), out.begin());
  }

 private:
  Buffer bytes_;
  std::string name_ = "index";
};

// An empty symbol table: BE32 length | BE32 count | CRC-32C of the count.
Buffer no_symbols() {
  Buffer bytes;
  append_be(bytes, std::uint32_t{4});
  append_be(bytes, std::uint32_t{0});
  append_be(bytes, crc32c(Bytes(bytes).last(4)));
  return bytes;
}

class SeriesDecoderTest : public ::testing::Test {
 protected:
  // Ranks are twice the references.
  SeriesDecoderTest() : source_(no_symbols()), decoder_(RankTable(Toc())) {
    Toc toc;
    toc.series = source_.size();
    const SymbolReader reader(source_, toc, 64);
    RankTable ranks(toc);
    for (std::uint32_t i = 0; i < kSymbols; ++i) {
      ranks.add(reader, 2 * i);
    }
    decoder_ = SeriesDecoder(std::move(ranks));
  }

  // References as the payload holds them, and the labels that they are.
  struct Series {
    Buffer payload;
    std::vector<PackedLabel> labels;
  };

  Series make_series(const std::vector<std::pair<std::uint64_t, std::uint64_t>>& refs) {
    Series series;
    append_uvarint(series.payload, refs.size());
    for (const auto& [name, value] : refs) {
      append_uvarint(series.payload, name);
      append_uvarint(series.payload, value);
      series.labels.push_back(2 * name << 32 | 2 * value);
    }
    append_uvarint(series.payload, 1);
    append_varint(series.payload, 1'700'000'000'000);
    append_uvarint(series.payload, 1000);
    append_uvarint(series.payload, 8);
    return series;
  }

  NamedSource source_;
  SeriesDecoder decoder_;
};

std::size_t shared_prefix(const std::vector<PackedLabel>& a, const std::vector<PackedLabel>& b) {
  return static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
}

TEST_F(SeriesDecoderTest, ReadsNeighboursOfEveryShapeAlike) {
  std::mt19937 random(1);
  std::vector<std::pair<std::uint64_t, std::uint64_t>> refs;
  std::vector<PackedLabel> before;
  SeriesEntry entry;
  std::size_t shared = 0;
  for (int i = 0; i < 20'000; ++i) {
    // Longer and shorter than its neighbour, more places than are remembered, and mostly alike.
    refs.resize(random() % 50 == 0 ? random() % 100 : 1 + random() % 12);
    for (auto& [name, value] : refs) {
      if (random() % 4 == 0) {
        name = random() % 200;
        value = random() % kSymbols;
      }
    }
    Series series = make_series(refs);
    const std::size_t size = series.payload.size();
    series.payload.resize(size + random() % 9);  // what may be looked at behind the payload
    decoder_.decode(series.payload, size, source_, entry);
    ASSERT_EQ(entry.labels, series.labels) << i;
    ASSERT_EQ(entry.chunks.size(), 1U);
    EXPECT_EQ(entry.chunks[0].min_time, 1'700'000'000'000);
    ASSERT_LE(entry.shared_labels, shared_prefix(before, entry.labels)) << i;
    shared += entry.shared_labels;
    before = entry.labels;
  }
  EXPECT_GT(shared, 20'000U);
}

TEST_F(SeriesDecoderTest, DoesNotRememberALabelThatIsNone) {
  SeriesEntry entry;
  const Series good = make_series({{1, 2}, {3, 4}});
  const Series bad = make_series({{1, 2}, {3, kSymbols}});
  decoder_.decode(good.payload, good.payload.size(), source_, entry);
  for (int attempt = 0; attempt < 2; ++attempt) {
    EXPECT_THROW(decoder_.decode(bad.payload, bad.payload.size(), source_, entry), Error);
  }
}

TEST_F(SeriesDecoderTest, RefusesEveryCut) {
  const Series series = make_series({{1, 2}, {3, 300}, {4, 19'999}});
  SeriesEntry entry;
  for (int attempt = 0; attempt < 2; ++attempt) {  // the second time all labels are known
    for (std::size_t size = 0; size < series.payload.size(); ++size) {
      EXPECT_THROW(decoder_.decode(series.payload, size, source_, entry), Error) << size;
    }
    decoder_.decode(series.payload, series.payload.size(), source_, entry);
  }
}

}  // namespace
}  // namespace strata::tsdb
