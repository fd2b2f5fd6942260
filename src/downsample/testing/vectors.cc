#include "downsample/testing/vectors.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace strata::downsample::testing {

namespace {

using Json = nlohmann::json;
using tsdb::testing::OwnedChunk;

std::vector<OwnedChunk> chunks(const Json& json) {
  std::vector<OwnedChunk> result;
  for (const Json& chunk : json) {
    result.push_back(
        tsdb::testing::own_chunk(static_cast<tsdb::Encoding>(chunk["enc"].get<unsigned>()),
                                 tsdb::testing::from_hex(chunk["data"].get<std::string>()),
                                 chunk["mint"].get<Timestamp>(), chunk["maxt"].get<Timestamp>()));
  }
  return result;
}

Vector::Output output(const Json& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end() || found->is_null()) {
    return {};
  }
  return {
      .is_known = true,
      .error = found->value("error", ""),
      .chunks = found->contains("chunks") ? chunks((*found)["chunks"]) : std::vector<OwnedChunk>{}};
}

// Parsed once: the file is large.
const Json& vectors_file(const std::string& test_data) {
  static const Json file = [&] {
    const std::string path = test_data + "/vectors/downsample.json";
    std::ifstream in(path);
    if (!in) {
      throw std::runtime_error("cannot read " + path);
    }
    return Json::parse(in);
  }();
  return file;
}

std::vector<Vector> load(const std::string& test_data, const char* section) {
  std::vector<Vector> result;
  for (const Json& json : vectors_file(test_data).at(section)) {
    result.push_back({.name = json["name"],
                      .input = chunks(json["input"]),
                      .out_5m = output(json, "out_5m"),
                      .out_1h = output(json, "out_1h")});
  }
  return result;
}

}  // namespace

std::vector<tsdb::ChunkView> views(const std::vector<OwnedChunk>& chunks) {
  std::vector<tsdb::ChunkView> result;
  for (const OwnedChunk& chunk : chunks) {
    result.push_back(chunk.view);
  }
  return result;
}

std::vector<Vector> raw_vectors(const std::string& test_data) {
  return load(test_data, "cases");
}

std::vector<Vector> aggregate_vectors(const std::string& test_data) {
  return load(test_data, "cases_aggr_input");
}

}  // namespace strata::downsample::testing
