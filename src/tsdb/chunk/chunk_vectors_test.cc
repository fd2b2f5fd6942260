#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/error.h"
#include "tsdb/chunk/aggregate.h"
#include "tsdb/chunk/decode_chunk.h"
#include "tsdb/chunk/testing/vectors.h"

namespace strata::tsdb {
namespace {

std::vector<ChunkView> encode(const testing::EncodeVector& vector, ChunkArena& arena) {
  if (vector.one_xor2_chunk) {
    Xor2Encoder encoder;
    for (const SampleColumns& sample : vector.samples) {
      encoder.append(sample.times[0], sample.values[0], sample.starts[0]);
    }
    return {encoder.finish(arena)};
  }
  SampleList picks;
  for (std::size_t i = 0; i < vector.samples.size(); ++i) {
    picks.times.push_back(vector.samples[i].times[0]);
    picks.values.push_back(Reencoder::pick(i, 0));
  }
  std::vector<ChunkView> chunks;
  Reencoder reencoder;
  reencoder.encode(picks.span(), vector.samples, arena, chunks);
  return chunks;
}

void expect_same(const ChunkView& got, const ChunkView& want) {
  EXPECT_EQ(got.encoding, want.encoding);
  EXPECT_EQ(got.min_time, want.min_time);
  EXPECT_EQ(got.max_time, want.max_time);
  EXPECT_EQ(testing::to_hex(got.data), testing::to_hex(want.data));
  EXPECT_EQ(got.crc, want.crc);
}

TEST(ChunkVectors, EncodeToTheBytesOfTheReference) {
  const std::deque<testing::EncodeVector> vectors = testing::encode_vectors(STRATA_TEST_DATA);
  EXPECT_EQ(vectors.size(), 92u);
  for (const testing::EncodeVector& vector : vectors) {
    SCOPED_TRACE(vector.name);
    ChunkArena arena;
    const std::vector<ChunkView> chunks = encode(vector, arena);
    ASSERT_EQ(chunks.size(), vector.chunks.size());
    for (std::size_t i = 0; i < chunks.size(); ++i) {
      expect_same(chunks[i], vector.chunks[i].view);
    }
  }
}

TEST(ChunkVectors, DecodeToTheSamplesThatWentIn) {
  for (const testing::EncodeVector& vector : testing::encode_vectors(STRATA_TEST_DATA)) {
    SCOPED_TRACE(vector.name);
    std::vector<testing::PlainSample> got;
    for (const testing::OwnedChunk& chunk : vector.chunks) {
      const std::vector<testing::PlainSample> part = testing::decode_plain(chunk.view);
      EXPECT_EQ(part.size(), sample_count(chunk.view.encoding, chunk.data));
      got.insert(got.end(), part.begin(), part.end());
    }
    ASSERT_EQ(got.size(), vector.samples.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
      SCOPED_TRACE(i);
      EXPECT_TRUE(got[i] == testing::plain_sample(vector.samples[i], 0));
    }
  }
}

TEST(ChunkVectors, VerifyAcceptsWhatASaneProducerMakes) {
  for (const testing::EncodeVector& vector : testing::encode_vectors(STRATA_TEST_DATA)) {
    SCOPED_TRACE(vector.name);
    if (!vector.name.starts_with("xor-") && !vector.name.starts_with("xor2-") &&
        !vector.name.starts_with("float-") && !vector.name.starts_with("hist-5") &&
        !vector.name.starts_with("hist-st-") && !vector.name.starts_with("fhist-")) {
      continue;  // histograms whose counts were made up
    }
    static const std::set<std::string> kOddTimes = {"xor-same-timestamp-delta0",
                                                    "xor-decreasing-time"};
    for (const testing::OwnedChunk& chunk : vector.chunks) {
      if (kOddTimes.contains(vector.name)) {
        EXPECT_THROW(verify_chunk(chunk.view), Error);
      } else {
        EXPECT_EQ(verify_chunk(chunk.view), sample_count(chunk.view.encoding, chunk.data));
      }
    }
  }
}

TEST(ChunkVectors, DecodeStartsWithAFullWindow) {
  for (const testing::DecodeVector& vector : testing::decode_vectors(STRATA_TEST_DATA)) {
    SCOPED_TRACE(vector.name);
    ChunkDecoder decoder;
    SampleColumns samples;
    decoder.decode(vector.encoding, vector.data, samples);
    ASSERT_EQ(samples.size(), vector.samples.size());
    for (std::size_t i = 0; i < samples.size(); ++i) {
      EXPECT_EQ(samples.times[i], vector.samples[i].first);
      EXPECT_EQ(samples.values[i], vector.samples[i].second);
    }
  }
}

TEST(ChunkVectors, AggregatesAreParsedIntoTheirEntries) {
  for (const testing::AggregateVector& vector : testing::aggregate_vectors(STRATA_TEST_DATA)) {
    SCOPED_TRACE(vector.name);
    const AggregateView view = parse_aggregate(vector.data);
    for (std::size_t i = 0; i < kAggregates; ++i) {
      EXPECT_EQ(view.entries[i].encoding, vector.entries[i].first);
      EXPECT_EQ(testing::to_hex(view.entries[i].data), testing::to_hex(vector.entries[i].second));
    }
    const bool counted = view[Aggregate::kCount].is_present();
    EXPECT_EQ(sample_count(Encoding::kAggregate, vector.data), counted ? 2u : 0u);
  }
}

TEST(ChunkVectors, CorruptDataIsAnError) {
  // The reference reads these; they are odd, not broken.
  const std::set<std::string> readable = {"xor-header-only-zero-samples",
                                          "xor-count-too-small-trailing-ignored",
                                          "hist-header-only-zero-samples"};
  for (const testing::CorruptVector& vector : testing::corrupt_vectors(STRATA_TEST_DATA)) {
    SCOPED_TRACE(vector.name);
    ChunkDecoder decoder;
    SampleColumns samples;
    if (readable.contains(vector.name)) {
      EXPECT_NO_THROW(decoder.decode(vector.encoding, vector.data, samples));
    } else {
      EXPECT_THROW(decoder.decode(vector.encoding, vector.data, samples), Error);
    }
    EXPECT_THROW(verify_chunk({.encoding = vector.encoding, .data = vector.data}), Error);
  }
}

}  // namespace
}  // namespace strata::tsdb
