#pragma once

#include <string>
#include <vector>

#include "tsdb/chunk/chunk.h"
#include "tsdb/chunk/testing/vectors.h"

namespace strata::downsample::testing {

// One series before and after, out of `test_data`/vectors/downsample.json.
struct Vector {
  struct Output {
    bool is_known = false;  // the reference got so far
    std::string error;      // it failed
    std::vector<tsdb::testing::OwnedChunk> chunks;
  };

  std::string name;
  std::vector<tsdb::testing::OwnedChunk> input;
  Output out_5m;
  Output out_1h;
};

// Of raw input: what comes out at k5m, and from that at k1h.
std::vector<Vector> raw_vectors(const std::string& test_data);
// Of input at k5m.
std::vector<Vector> aggregate_vectors(const std::string& test_data);

std::vector<tsdb::ChunkView> views(const std::vector<tsdb::testing::OwnedChunk>& chunks);

}  // namespace strata::downsample::testing
