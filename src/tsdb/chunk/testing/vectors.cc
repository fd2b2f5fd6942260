#include "tsdb/chunk/testing/vectors.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "base/crc32c.h"
#include "tsdb/chunk/decode_chunk.h"
#include "tsdb/chunk/histogram_layout.h"

namespace strata::tsdb::testing {

namespace {

using Json = nlohmann::json;

Json load(const std::string& test_data, const std::string& name, const std::string& section) {
  const std::string path = test_data + "/vectors/" + name;
  std::ifstream in(path);
  if (!in) {
    throw std::runtime_error("cannot read " + path);
  }
  return Json::parse(in).at(section);
}

std::uint64_t bits(const Json& hex) {
  return std::stoull(hex.get<std::string>(), nullptr, 16);
}

std::vector<Span> spans(const Json& json) {
  std::vector<Span> result;
  for (const Json& span : json) {
    result.push_back({span[0].get<std::int32_t>(), span[1].get<std::uint32_t>()});
  }
  return result;
}

void append_integer_buckets(const Json& deltas, PlainVector<std::uint64_t>& out) {
  std::uint64_t absolute = 0;
  for (const Json& delta : deltas) {
    absolute += static_cast<std::uint64_t>(delta.get<std::int64_t>());
    out.push_back(absolute);
  }
}

void append_float_buckets(const Json& values, PlainVector<std::uint64_t>& out) {
  for (const Json& value : values) {
    out.push_back(bits(value));
  }
}

void fill_histogram(const Json& json, SampleColumns& out) {
  HistogramLayout& layout = out.layout;
  layout.schema = json["schema"];
  layout.zero_threshold = bits(json["zero_threshold"]);
  layout.spans[kPositive] = spans(json["pos_spans"]);
  layout.spans[kNegative] = spans(json["neg_spans"]);
  for (const unsigned sign : {kPositive, kNegative}) {
    layout.buckets[sign] = count_buckets(layout.spans[sign]);
  }
  for (const Json& bound : json["custom"]) {
    layout.bounds.push_back(bits(bound));
  }
  HistogramSample sample{.sum = bits(json["sum"]),
                         .hint = static_cast<ResetHint>(json["hint"].get<int>())};
  if (out.type == SampleType::kHistogram) {
    sample.count = std::stoull(json["count"].get<std::string>());
    sample.zero_count = std::stoull(json["zero_count"].get<std::string>());
    append_integer_buckets(json["pos_deltas"], out.buckets);
    append_integer_buckets(json["neg_deltas"], out.buckets);
  } else {
    sample.count = bits(json["count"]);
    sample.zero_count = bits(json["zero_count"]);
    append_float_buckets(json["pos_abs"], out.buckets);
    append_float_buckets(json["neg_abs"], out.buckets);
  }
  out.histograms.push_back(sample);
}

SampleColumns sample(const std::string& type, const Json& json) {
  SampleColumns out;
  out.clear(type == "float"       ? SampleType::kFloat
            : type == "histogram" ? SampleType::kHistogram
                                  : SampleType::kFloatHistogram);
  out.times.push_back(json["t"].get<Timestamp>());
  out.starts.push_back(json.value("st", Timestamp{0}));
  out.has_starts = out.starts[0] != 0;
  if (out.type == SampleType::kFloat) {
    out.values.push_back(bits(json["v"]));
  } else {
    fill_histogram(json, out);
  }
  return out;
}

Encoding encoding_of(const Json& json) {
  return static_cast<Encoding>(json["enc"].get<unsigned>());
}

OwnedChunk chunk(const Json& json) {
  return own_chunk(encoding_of(json), from_hex(json["hex"].get<std::string>()),
                   json["mint"].get<Timestamp>(), json["maxt"].get<Timestamp>());
}

std::vector<OwnedChunk> chunk_list(const Json& json) {
  std::vector<OwnedChunk> result;
  for (const Json& one : json) {
    result.push_back(chunk(one));
  }
  return result;
}

Interval interval(const Json& json) {
  return {json[0].get<Timestamp>(), json[1].get<Timestamp>()};
}

}  // namespace

OwnedChunk own_chunk(Encoding encoding, Buffer data, Timestamp min_time, Timestamp max_time) {
  OwnedChunk owned;
  owned.data = std::move(data);
  const std::uint8_t first = static_cast<std::uint8_t>(encoding);
  owned.view = {.encoding = encoding,
                .min_time = min_time,
                .max_time = max_time,
                .data = owned.data,
                .crc = crc32c_extend(crc32c({&first, 1}), owned.data)};
  return owned;
}

PlainSample plain_sample(const SampleColumns& samples, std::size_t index) {
  PlainSample out;
  out.type = samples.type;
  out.time = samples.times[index];
  out.start = samples.start(index);
  if (samples.type == SampleType::kFloat) {
    out.value = samples.values[index];
    return out;
  }
  const HistogramSample& histogram = samples.histograms[index];
  out.value = histogram.sum;
  if (histogram.is_stale()) {
    return out;
  }
  const HistogramLayout& layout = samples.layout;
  out.gauge = histogram.hint == ResetHint::kGauge;
  out.schema = layout.schema;
  out.zero_threshold = layout.zero_threshold << 1 == 0 ? 0 : layout.zero_threshold;
  out.count = histogram.count;
  out.zero_count = histogram.zero_count;
  for (const std::uint64_t bound : layout.bounds) {
    out.bounds.push_back(bound << 1 == 0 ? 0 : bound);
  }
  const std::uint64_t* at = samples.buckets.data() + histogram.first_bucket;
  for (const unsigned sign : {kPositive, kNegative}) {
    std::vector<std::int64_t> indexes;
    append_bucket_indexes(layout.spans[sign], indexes);
    for (const std::int64_t bucket : indexes) {
      if (*at != 0) {
        out.buckets[sign][bucket] = *at;
      }
      ++at;
    }
  }
  return out;
}

std::vector<PlainSample> decode_plain(const ChunkView& chunk) {
  ChunkDecoder decoder;
  SampleColumns samples;
  decoder.decode(chunk.encoding, chunk.data, samples);
  std::vector<PlainSample> out;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    out.push_back(plain_sample(samples, i));
  }
  return out;
}

std::deque<EncodeVector> encode_vectors(const std::string& test_data) {
  std::deque<EncodeVector> out;
  for (const Json& json : load(test_data, "chunks.json", "vectors")) {
    EncodeVector vector;
    vector.name = json["name"];
    vector.one_xor2_chunk = json.value("float_encoding", 1) == 4;
    for (const Json& one : json["samples"]) {
      vector.samples.push_back(sample(json["type"], one));
    }
    vector.chunks = chunk_list(json["chunks"]);
    out.push_back(std::move(vector));
  }
  return out;
}

std::vector<DecodeVector> decode_vectors(const std::string& test_data) {
  std::vector<DecodeVector> out;
  for (const Json& json : load(test_data, "chunks.json", "decode_only")) {
    DecodeVector vector;
    vector.name = json["name"];
    vector.encoding = encoding_of(json);
    vector.data = from_hex(json["hex"].get<std::string>());
    for (const Json& one : json["samples"]) {
      vector.samples.emplace_back(one["t"].get<Timestamp>(), bits(one["v"]));
    }
    out.push_back(std::move(vector));
  }
  return out;
}

std::vector<AggregateVector> aggregate_vectors(const std::string& test_data) {
  std::vector<AggregateVector> out;
  for (const Json& json : load(test_data, "chunks.json", "aggr")) {
    AggregateVector vector;
    vector.name = json["name"];
    vector.data = from_hex(json["hex"].get<std::string>());
    for (const Json& entry : json["sub"]) {
      if (entry.is_null()) {
        vector.entries.emplace_back();
      } else {
        vector.entries.emplace_back(encoding_of(entry), from_hex(entry["hex"].get<std::string>()));
      }
    }
    out.push_back(std::move(vector));
  }
  return out;
}

std::vector<CorruptVector> corrupt_vectors(const std::string& test_data) {
  std::vector<CorruptVector> out;
  for (const Json& json : load(test_data, "chunks.json", "corrupt")) {
    out.push_back({json["name"], encoding_of(json), from_hex(json["hex"].get<std::string>())});
  }
  return out;
}

std::vector<MergeVector> merge_vectors(const std::string& test_data) {
  std::vector<MergeVector> out;
  for (const Json& json : load(test_data, "merge.json", "vectors")) {
    MergeVector vector;
    vector.mode = json["mode"];
    vector.name = vector.mode + " " + json["scenario"].get<std::string>();
    vector.output = chunk_list(json["out"]);
    if (vector.mode == "trim") {
      vector.inputs.push_back(chunk_list(json["raw"]));
      vector.range = interval(json["range_closed"]);
      for (const Json& one : json["tombstones"]) {
        vector.tombstones.push_back(interval(one));
      }
    } else {
      for (const Json& input : json["in"]) {
        vector.inputs.push_back(chunk_list(input));
      }
    }
    out.push_back(std::move(vector));
  }
  return out;
}

}  // namespace strata::tsdb::testing
