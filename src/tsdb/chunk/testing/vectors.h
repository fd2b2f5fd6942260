#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "tsdb/chunk/reencoder.h"
#include "tsdb/chunk/samples.h"
#include "tsdb/chunk/series_merge.h"
#include "tsdb/chunk/testing/hex.h"

namespace strata::tsdb::testing {

// A chunk that owns its data; the view's checksum is right.
struct OwnedChunk {
  OwnedChunk() = default;
  OwnedChunk(OwnedChunk&&) = default;
  OwnedChunk& operator=(OwnedChunk&&) = default;

  ChunkView view;
  Buffer data;
};
OwnedChunk own_chunk(Encoding encoding, Buffer data, Timestamp min_time, Timestamp max_time);

// One histogram or float without regard to how a chunk lays it out.
struct PlainSample {
  SampleType type = SampleType::kFloat;
  Timestamp time = 0;
  Timestamp start = 0;
  std::uint64_t value = 0;  // or the sum
  bool gauge = false;
  std::int32_t schema = 0;
  std::uint64_t zero_threshold = 0;
  std::uint64_t count = 0;
  std::uint64_t zero_count = 0;
  std::map<std::int64_t, std::uint64_t> buckets[2];  // those that are not zero
  std::vector<std::uint64_t> bounds;

  bool operator==(const PlainSample&) const = default;
};
PlainSample plain_sample(const SampleColumns& samples, std::size_t index);
std::vector<PlainSample> decode_plain(const ChunkView& chunk);

// `test_data`/vectors/chunks.json, made by Prometheus.
struct EncodeVector {
  std::string name;
  bool one_xor2_chunk = false;
  std::deque<SampleColumns> samples;  // one each: every sample has a layout of its own
  std::vector<OwnedChunk> chunks;
};
std::deque<EncodeVector> encode_vectors(const std::string& test_data);

struct DecodeVector {
  std::string name;
  Encoding encoding = Encoding::kNone;
  Buffer data;
  std::vector<std::pair<Timestamp, std::uint64_t>> samples;
};
std::vector<DecodeVector> decode_vectors(const std::string& test_data);

struct AggregateVector {
  std::string name;
  Buffer data;
  std::vector<std::pair<Encoding, Buffer>> entries;  // kNone: absent
};
std::vector<AggregateVector> aggregate_vectors(const std::string& test_data);

struct CorruptVector {
  std::string name;
  Encoding encoding = Encoding::kNone;
  Buffer data;
};
std::vector<CorruptVector> corrupt_vectors(const std::string& test_data);

// `test_data`/vectors/merge.json, taken from blocks that Prometheus and Thanos compacted.
struct MergeVector {
  std::string name;
  std::string mode;  // chain, penalty, trim
  std::vector<std::vector<OwnedChunk>> inputs;
  std::vector<Interval> tombstones;
  Interval range;
  std::vector<OwnedChunk> output;
};
std::vector<MergeVector> merge_vectors(const std::string& test_data);

}  // namespace strata::tsdb::testing
