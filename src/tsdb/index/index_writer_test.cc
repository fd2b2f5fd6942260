#include "tsdb/index/index_writer.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "tsdb/index/postings_reader.h"
#include "tsdb/index/symbol_reader.h"
#include "tsdb/index/toc.h"

namespace strata::tsdb {
namespace {

// Keeps the bytes where the test can look at them.
class KeptSink : public ByteSink {
 public:
  explicit KeptSink(Buffer& out) : out_(out) {}
  void append(Bytes bytes) override { strata::append(out_, bytes); }
  std::uint64_t size() const override { return out_.size(); }
  void commit() override {}

 private:
  Buffer& out_;
};

class KeptSource : public ByteSource {
 public:
  explicit KeptSource(const Buffer& bytes) : bytes_(bytes) {}
  const std::string& name() const override { return name_; }
  std::uint64_t size() const override { return bytes_.size(); }
  void read_at(std::uint64_t offset, MutableBytes out) const override {
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), out.size(), out.begin());
  }

 private:
  const Buffer& bytes_;
  std::string name_ = "index";
};

// An index of `series` series with five labels each, some shared, some unique.
Buffer write_index(std::uint32_t series, std::size_t postings_memory, std::size_t symbols_memory) {
  Buffer out;
  IndexWriter writer(std::make_unique<KeptSink>(out), {.spill_directory = ::testing::TempDir(),
                                                       .symbols_memory = symbols_memory,
                                                       .postings_memory = postings_memory});
  const std::uint32_t symbols = series + 10;
  for (std::uint32_t i = 0; i < symbols; ++i) {
    std::string text = std::to_string(i);
    text.insert(0, 8 - text.size(), '0');
    writer.add_symbol(text);
  }
  Buffer encoded;
  for (std::uint32_t i = 0; i < series; ++i) {
    std::vector<PackedLabel> labels;
    labels.push_back(std::uint64_t{0} << 32 | i / 1000);
    labels.push_back(std::uint64_t{1} << 32 | i);  // unique
    labels.push_back(std::uint64_t{2} << 32 | i % 7);
    labels.push_back(std::uint64_t{3} << 32 | i % 64);
    labels.push_back(std::uint64_t{4} << 32 | 9);
    encoded.clear();
    IndexWriter::append_labels(encoded, labels);
    const ChunkMeta chunk{.min_time = i, .max_time = i + 10, .ref = 8 + std::uint64_t{i} * 50};
    writer.add_series(labels, encoded, std::span(&chunk, 1));
  }
  const std::uint64_t size = writer.finish();
  EXPECT_EQ(size, out.size());
  return out;
}

TEST(IndexWriter, SpillingChangesNoByte) {
  const Buffer roomy = write_index(20'000, 64 << 20, 64 << 20);
  const Buffer tight = write_index(20'000, 64 << 10, 1);
  EXPECT_TRUE(equal(roomy, tight));
}

TEST(IndexWriter, WritesWhatTheReadersTakeBack) {
  const Buffer raw = write_index(1'000, 1 << 20, 1 << 20);
  const KeptSource source(raw);
  const Toc toc = read_toc(source);
  SymbolReader symbols(source, toc, 512);
  EXPECT_EQ(symbols.count(), 1'010U);
  RankTable ranks(toc);
  for (std::uint32_t rank = 0; symbols.next(); ++rank) {
    ranks.add(symbols, rank);
  }
  SeriesReader series(source, toc, std::move(ranks), 300);
  PostingsReader all(source, toc, find_all_series(source, toc, 256), 64);
  SeriesEntry entry;
  std::uint32_t count = 0;
  while (series.next(entry)) {
    std::uint64_t id = 0;
    ASSERT_TRUE(all.next(id));
    EXPECT_EQ(id, entry.id);
    EXPECT_EQ(entry.labels.size(), 5U);
    EXPECT_EQ(entry.labels[1], std::uint64_t{1} << 32 | count);
    EXPECT_EQ(entry.chunks.at(0).min_time, count);
    EXPECT_EQ(entry.chunks.at(0).ref, 8 + std::uint64_t{count} * 50);
    ++count;
  }
  std::uint64_t id = 0;
  EXPECT_FALSE(all.next(id));
  EXPECT_EQ(count, 1'000U);
}

TEST(IndexWriter, RefusesWhatWouldBreakReaders) {
  struct Case {
    const char* name;
    std::vector<PackedLabel> labels;
    std::vector<ChunkMeta> chunks;
  };
  const std::vector<Case> cases = {
      {"same labels again", {1}, {{0, 1, 8}}},
      {"empty label set", {}, {{0, 1, 8}}},
      {"chunks that touch", {2}, {{0, 5, 100}, {5, 9, 200}}},
      {"reference that descends", {2}, {{0, 1, 8}}},
      {"chunk that ends before it begins", {2}, {{5, 4, 100}}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    Buffer out;
    IndexWriter writer(std::make_unique<KeptSink>(out), {.spill_directory = ::testing::TempDir()});
    for (const char* symbol : {"a", "b", "c"}) {
      writer.add_symbol(symbol);
    }
    Buffer encoded;
    const std::vector<PackedLabel> first{1};
    const ChunkMeta chunk{.min_time = 0, .max_time = 1, .ref = 64};
    IndexWriter::append_labels(encoded, first);
    writer.add_series(first, encoded, std::span(&chunk, 1));
    encoded.clear();
    IndexWriter::append_labels(encoded, c.labels);
    EXPECT_THROW(writer.add_series(c.labels, encoded, c.chunks), Error);
  }
}

TEST(IndexWriter, SymbolsMustAscend) {
  Buffer out;
  IndexWriter writer(std::make_unique<KeptSink>(out), {.spill_directory = ::testing::TempDir()});
  writer.add_symbol("b");
  EXPECT_THROW(writer.add_symbol("b"), Error);
  EXPECT_THROW(writer.add_symbol("a"), Error);
}

}  // namespace
}  // namespace strata::tsdb
