#include "block/downsampled_meta.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

namespace strata::block {
namespace {

tsdb::WrittenBlock written_as_in(const nlohmann::json& meta) {
  tsdb::WrittenBlock written;
  written.stats.num_samples = meta["stats"]["numSamples"];
  written.stats.num_series = meta["stats"]["numSeries"];
  written.stats.num_chunks = meta["stats"]["numChunks"];
  for (const std::string name : meta["thanos"]["segment_files"]) {
    written.files.push_back({.rel_path = "chunks/" + name, .size = 8});
  }
  written.files.push_back({.rel_path = "index", .size = 52});
  return written;
}

TEST(DownsampledMeta, IsTheReferencesForBothLevels) {
  nlohmann::json vectors;
  std::ifstream(std::string(STRATA_TEST_DATA) + "/vectors/downsample.json") >> vectors;
  const nlohmann::json& block = vectors["blocks"][0];
  Meta meta = parse_meta(block["in_meta"].dump(), "in");
  for (const auto& [name, resolution] : {std::pair("out_5m_meta", k5m), {"out_1h_meta", k1h}}) {
    const nlohmann::json& want = block[name];
    meta = downsampled_meta(meta, *Ulid::parse(want["ulid"].get<std::string>()), resolution,
                            written_as_in(want));
    EXPECT_EQ(nlohmann::json::parse(format_meta(meta)), want) << name;
  }
}

TEST(DownsampledMeta, KeepsWhatItDoesNotKnowAndReplacesOnlyMeasuredIndexFigures) {
  const Meta source = parse_meta(
      R"({"version":1,"ulid":"01M8181V1E093H76DQEEE79GH5","later":7,"stats":{"numFloatSamples":9},
          "thanos":{"labels":{"a":"b"},"downsample":{"resolution":0,"kept":true},"source":"sidecar",
                    "segment_files":["000001","000002"],"extensions":{"x":1},
                    "index_stats":{"series_max_size":64,"chunk_max_size":200}}})",
      "meta.json");
  tsdb::WrittenBlock written;
  written.series_max_size = 32;
  const Meta meta = downsampled_meta(source, source.ulid, k5m, written);
  EXPECT_EQ(meta.unknown, source.unknown);
  EXPECT_EQ(meta.thanos.extensions, source.thanos.extensions);
  EXPECT_EQ(meta.stats.num_float_samples, 9U);
  EXPECT_TRUE(meta.thanos.segment_files.empty());
  EXPECT_EQ(meta.thanos.index_stats.series_max_size, 32);
  EXPECT_EQ(meta.thanos.index_stats.chunk_max_size, 200);
}

}  // namespace
}  // namespace strata::block
