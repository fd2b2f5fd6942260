#include <algorithm>
#include <deque>

#include "base/error.h"
#include "tsdb/chunk/corrupt_chunk.h"
#include "tsdb/chunk/decode_chunk.h"
#include "tsdb/chunk/reencoder.h"
#include "tsdb/chunk/series_merge.h"

namespace strata::tsdb {

namespace {

bool is_dropped(std::span<const Interval> drop, Timestamp time) {
  const auto at = std::ranges::lower_bound(drop, time, {}, &Interval::max);
  return at != drop.end() && at->min <= time;
}

ChunkView encode_histograms(Encoding encoding, const SampleColumns& samples,
                            const std::vector<std::size_t>& kept, ChunkArena& arena) {
  const bool gauge = samples.histograms[kept[0]].hint == ResetHint::kGauge;
  HistogramAppender appender;
  appender.open(encoding, gauge ? ResetHeader::kGauge : ResetHeader::kUnknown);
  for (const std::size_t i : kept) {
    if (appender.size() != 0 && appender.judge(samples, i).kind != AppendKind::kAppend) {
      throw_corrupt_chunk(encoding, "what trimming leaves does not fit into one chunk");
    }
    appender.append(samples, i);
  }
  return appender.finish(arena);
}

ChunkView encode_one(Encoding encoding, const SampleColumns& samples,
                     const std::vector<std::size_t>& kept, ChunkArena& arena) {
  if (samples.type != SampleType::kFloat) {
    return encode_histograms(encoding, samples, kept, arena);
  }
  if (encoding == Encoding::kXor2) {
    Xor2Encoder encoder;
    for (const std::size_t i : kept) {
      encoder.append(samples.times[i], samples.values[i], samples.start(i));
    }
    return encoder.finish(arena);
  }
  SampleList left;
  for (const std::size_t i : kept) {
    left.times.push_back(samples.times[i]);
    left.values.push_back(samples.values[i]);
  }
  return encode_xor(left.span(), arena);
}

}  // namespace

void trim_chunk(const ChunkView& chunk, std::span<const Interval> drop, ChunkArena& arena,
                std::vector<ChunkView>& out, SampleBooks& books) {
  if (chunk.encoding == Encoding::kAggregate) {
    throw_invalid("chunks of downsampled blocks are not trimmed");
  }
  ChunkDecoder decoder;
  SampleColumns samples;
  decoder.decode(chunk.encoding, chunk.data, samples);
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (is_dropped(drop, samples.times[i])) {
      ++books.outside;
    } else {
      kept.push_back(i);
    }
  }
  books.read += sample_count(chunk.encoding, chunk.data);
  if (kept.empty()) {
    return;
  }
  out.push_back(encode_one(chunk.encoding, samples, kept, arena));
  books.read -= sample_count(out.back().encoding, out.back().data);
}

}  // namespace strata::tsdb
