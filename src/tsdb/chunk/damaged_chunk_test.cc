#include <gtest/gtest.h>

#include <random>

#include "base/error.h"
#include "tsdb/chunk/decode_chunk.h"
#include "tsdb/chunk/testing/vectors.h"

namespace strata::tsdb {
namespace {

// Every chunk of the vectors up to a size that keeps the test quick.
std::vector<testing::OwnedChunk> small_chunks() {
  std::vector<testing::OwnedChunk> chunks;
  for (testing::EncodeVector& vector : testing::encode_vectors(STRATA_TEST_DATA)) {
    for (testing::OwnedChunk& chunk : vector.chunks) {
      if (chunk.data.size() <= 400) {
        chunks.push_back(std::move(chunk));
      }
    }
  }
  for (testing::AggregateVector& vector : testing::aggregate_vectors(STRATA_TEST_DATA)) {
    chunks.push_back(testing::own_chunk(Encoding::kAggregate, std::move(vector.data), 0, 0));
  }
  return chunks;
}

// Decodes and verifies; whether decoding worked. What is decoded must not be much larger than the
// data.
bool survives(Encoding encoding, Bytes data) {
  static ChunkDecoder decoder;
  static SampleColumns samples;
  // A copy of the exact size, so that the sanitizer sees a read behind it.
  const std::vector<std::uint8_t> exact(data.begin(), data.end());
  try {
    verify_chunk({.encoding = encoding, .data = exact});
  } catch (const Error&) {
  }
  if (encoding == Encoding::kAggregate) {
    return true;
  }
  try {
    decoder.decode(encoding, exact, samples);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kCorrupt);
    return false;
  }
  EXPECT_LE(samples.size(), 4 * data.size() + 1);
  EXPECT_LE(samples.buckets.size(), 8 * data.size());
  return true;
}

TEST(DamagedChunks, CutOffAnywhereAreAnError) {
  for (const testing::OwnedChunk& chunk : small_chunks()) {
    SCOPED_TRACE(testing::to_hex(chunk.data));
    const std::size_t step = chunk.data.size() <= 100 ? 1 : 7;
    for (std::size_t length = 0; length < chunk.data.size(); length += step) {
      const Bytes part = Bytes(chunk.data).subspan(0, length);
      const bool read = survives(chunk.view.encoding, part);
      EXPECT_TRUE(!read || chunk.view.encoding == Encoding::kAggregate) << length;
    }
  }
}

TEST(DamagedChunks, WithAnyBitFlippedAreReadOrRefused) {
  for (const testing::OwnedChunk& chunk : small_chunks()) {
    std::vector<std::uint8_t> data(chunk.data.begin(), chunk.data.end());
    // Every bit of the short ones, which cover every field; some of the others.
    const std::size_t step = data.size() <= 40 ? 1 : 13;
    for (std::size_t bit = 0; bit < data.size() * 8; bit += step) {
      data[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
      survives(chunk.view.encoding, data);
      data[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
    }
  }
}

TEST(DamagedChunks, OfRandomBytesAreReadOrRefused) {
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    std::vector<std::uint8_t> data(random() % 200);
    for (std::uint8_t& byte : data) {
      byte = random() % 3 == 0 ? 0 : static_cast<std::uint8_t>(random());
    }
    if (data.size() > 2) {
      data[0] = 0;
      data[1] %= 8;
    }
    for (const unsigned encoding : {1, 2, 3, 4, 5, 6, 255}) {
      survives(static_cast<Encoding>(encoding), data);
    }
  }
}

TEST(DamagedChunks, InAMergeAreAnErrorOrReadAsTheyAre) {
  std::vector<testing::OwnedChunk> chunks = small_chunks();
  std::mt19937_64 random(7);
  for (int round = 0; round < 500; ++round) {
    SCOPED_TRACE(round);
    const testing::OwnedChunk& a = chunks[random() % chunks.size()];
    const testing::OwnedChunk& b = chunks[random() % chunks.size()];
    std::vector<std::uint8_t> damaged(b.data.begin(), b.data.end());
    const std::size_t bit = random() % (damaged.size() * 8);
    damaged[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
    const ChunkView left{.encoding = a.view.encoding, .max_time = 10, .data = a.data};
    const ChunkView right{.encoding = b.view.encoding, .max_time = 9, .data = damaged};
    const std::span<const ChunkView> inputs[] = {{&left, 1}, {&right, 1}};
    ChunkArena arena;
    std::vector<ChunkView> out;
    SampleBooks books;
    try {
      SeriesMerger(round % 2 == 0 ? MergeFunction::kOneToOne : MergeFunction::kPenalty)
          .merge(inputs, arena, out, books);
      EXPECT_EQ(books.read, books.written + books.duplicates);
    } catch (const Error&) {
    }
  }
}

}  // namespace
}  // namespace strata::tsdb
