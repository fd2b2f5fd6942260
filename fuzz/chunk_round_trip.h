#pragma once

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <vector>

#include "base/error.h"
#include "tsdb/chunk/decode_chunk.h"
#include "tsdb/chunk/reencoder.h"
#include "tsdb/chunk/series_merge.h"

namespace strata::tsdb {

// Whatever decodes is encoded into chunks that hold the same times, values and start timestamps.
inline int check_chunk_round_trip(Encoding encoding, Bytes data) {
  ChunkDecoder decoder;
  std::deque<SampleColumns> source(1);
  try {
    verify_chunk({.encoding = encoding, .data = data});
  } catch (const Error&) {
  }
  try {
    decoder.decode(encoding, data, source[0]);
  } catch (const Error&) {
    return 0;
  }
  const SampleColumns& samples = source[0];
  SampleList picks;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    picks.times.push_back(samples.times[i]);
    picks.values.push_back(Reencoder::pick(0, i));
  }
  ChunkArena arena;
  std::vector<ChunkView> chunks;
  Reencoder().encode(picks.span(), source, arena, chunks);
  std::size_t at = 0;
  SampleColumns again;
  for (const ChunkView& chunk : chunks) {
    decoder.decode(chunk.encoding, chunk.data, again);
    for (std::size_t i = 0; i < again.size(); ++i, ++at) {
      const bool is_float = again.type == SampleType::kFloat;
      const bool same = at < samples.size() && again.type == samples.type &&
                        again.times[i] == samples.times[at] &&
                        again.start(i) == samples.start(at) &&
                        (is_float ? again.values[i] == samples.values[at]
                                  : again.histograms[i].sum == samples.histograms[at].sum &&
                                        again.histograms[i].count == samples.histograms[at].count);
      if (!same) {
        std::abort();
      }
    }
  }
  if (at != samples.size()) {
    std::abort();
  }
  return 0;
}

}  // namespace strata::tsdb
