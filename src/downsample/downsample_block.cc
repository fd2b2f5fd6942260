#include "downsample/downsample_block.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "base/error.h"
#include "downsample/series_downsampler.h"
#include "tsdb/block_rewriter.h"
#include "tsdb/chunk/aggregate.h"
#include "tsdb/chunk/decode_chunk.h"

namespace strata::downsample {
namespace {

void decode(const tsdb::ChunkView& chunk, tsdb::ChunkDecoder& decoder) {
  tsdb::SampleColumns samples;
  if (chunk.encoding != tsdb::Encoding::kAggregate) {
    decoder.decode(chunk.encoding, chunk.data, samples);
    return;
  }
  for (const tsdb::AggregateView::Entry& entry : tsdb::parse_aggregate(chunk.data).entries) {
    if (entry.is_present()) {
      decoder.decode(entry.encoding, entry.data, samples);
    }
  }
}

// The first chunk that cannot be decoded: what failed. Where all can, the series' first one.
std::size_t find_damage(std::span<const tsdb::ChunkView> chunks) {
  tsdb::ChunkDecoder decoder;
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    try {
      decode(chunks[i], decoder);
    } catch (const Error&) {
      return i;
    }
  }
  return 0;
}

ErrorPlace place_of(const tsdb::SeriesPart& part, std::size_t chunk) {
  const std::uint64_t ref = part.refs[chunk];
  return {.block = part.block->name(),
          .file = part.block->segment(static_cast<std::size_t>(ref >> 32)).name(),
          .offset = ref & 0xffffffffU};
}

class DownsampleTransform final : public tsdb::SeriesTransform {
 public:
  explicit DownsampleTransform(Resolution target) : downsampler_(target) {}

  std::span<const tsdb::ChunkView> transform(std::span<const tsdb::SeriesPart> parts,
                                             tsdb::ChunkArena& arena) override {
    const tsdb::SeriesPart& part = parts.front();
    out_.clear();
    try {
      downsampler_.downsample(part.chunks, arena, out_, books_);
    } catch (const Error& error) {
      throw error.at(place_of(part, find_damage(part.chunks)));
    }
    return out_;
  }

  const Books& books() const { return books_; }

 private:
  SeriesDownsampler downsampler_;
  Books books_;
  std::vector<tsdb::ChunkView> out_;
};

void check_books(const Books& books, const std::string& block) {
  if (books.read != books.aggregated + books.stale + books.out_of_order + books.nan) {
    throw Error(
        ErrorKind::kCorrupt,
        fmt::format("the books of the downsampling do not balance: {} samples read; {} aggregated, "
                    "{} stale, {} out of order, {} not a number",
                    books.read, books.aggregated, books.stale, books.out_of_order, books.nan),
        {.block = block, .file = {}, .offset = std::nullopt});
  }
}

}  // namespace

BlockResult downsample_block(std::stop_token stop, const tsdb::BlockSource& source,
                             tsdb::BlockSink& sink, const BlockOptions& options) {
  std::deque<DownsampleTransform> transforms;
  std::vector<tsdb::SeriesTransform*> threads;
  for (unsigned i = 0; i < std::max(1U, options.threads); ++i) {
    threads.push_back(&transforms.emplace_back(options.target));
  }
  // Nothing is cut to a range or by tombstones: the reference downsamples chunks as they are.
  const tsdb::RewriteInput input{
      .source = &source,
      .selection = {.kept_range = std::nullopt, .health_range = options.health_range}};
  const tsdb::RewriteOptions rewrite{.segment_size = options.segment_size,
                                     .spill_directory = options.spill_directory,
                                     .budget = options.budget,
                                     .memory = options.memory,
                                     .progress = options.progress,
                                     .whole_series = true};
  tsdb::BlockRewriter rewriter(std::span(&input, 1), sink, rewrite);
  rewriter.run(std::move(stop), threads);

  BlockResult result;
  for (const DownsampleTransform& transform : transforms) {
    result.books.add(transform.books());
  }
  check_books(result.books, source.name());
  result.written = rewriter.finish();
  result.series_read = rewriter.inputs().front()->series_read();
  result.series_skipped = result.series_read - result.written.stats.num_series;
  return result;
}

}  // namespace strata::downsample
