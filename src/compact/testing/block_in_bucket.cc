#include "compact/testing/block_in_bucket.h"

#include <filesystem>
#include <memory>

#include "block/marks.h"
#include "block/object_source.h"
#include "tsdb/block_writer.h"
#include "tsdb/chunk/decode_chunk.h"
#include "tsdb/chunk/xor_encoder.h"
#include "tsdb/chunk_stream.h"
#include "tsdb/index/rank_table.h"
#include "tsdb/index/series_reader.h"
#include "tsdb/index/symbol_reader.h"

namespace strata::compact::testing {
namespace {

constexpr std::size_t kWindow = 64 << 10;
constexpr std::string_view kLabel = "series";

tsdb::ChunkView encode(const std::vector<Timestamp>& times, tsdb::ChunkArena& arena) {
  const std::vector<std::uint64_t> values(times.begin(), times.end());
  tsdb::ChunkView chunk = tsdb::encode_xor(
      {.times = times.data(), .values = values.data(), .size = times.size()}, arena);
  chunk.min_time = times.front();
  chunk.max_time = times.back();
  return chunk;
}

}  // namespace

void put_block(objstore::Bucket& bucket, const MetaSpec& spec,
               const std::vector<SeriesSpec>& series) {
  std::map<std::string, std::uint32_t, std::less<>> symbols{{std::string(kLabel), 0}};
  for (const SeriesSpec& one : series) {
    symbols.emplace(one.name, 0);
  }
  block::Meta meta = *make_meta(spec);
  block::ObjectBlockSink sink({}, bucket, meta.ulid);
  tsdb::BlockWriter writer(sink, {.spill_directory = std::filesystem::temp_directory_path()});
  std::uint32_t rank = 0;
  for (auto& [symbol, number] : symbols) {
    writer.add_symbol(symbol);
    number = rank++;
  }
  tsdb::ChunkArena arena;
  for (const SeriesSpec& one : series) {
    std::vector<tsdb::ChunkView> chunks;
    for (const auto& times : one.chunks) {
      chunks.push_back(encode(times, arena));
    }
    const tsdb::LabelRef label{symbols.find(kLabel)->second, symbols.at(one.name)};
    writer.add_series({&label, 1}, chunks);
  }
  const tsdb::WrittenBlock written = writer.finish();
  meta.stats.num_samples = written.stats.num_samples;
  meta.stats.num_series = written.stats.num_series;
  meta.stats.num_chunks = written.stats.num_chunks;
  meta.thanos.files = sink.files();
  bucket.put({}, meta.ulid.to_string() + "/meta.json", as_bytes(block::format_meta(meta)), {});
}

Contents read_contents(objstore::Bucket& bucket, const Ulid& id) {
  const block::ObjectBlockSource source({}, bucket, id);
  const tsdb::Toc toc = tsdb::read_toc(source.index());
  std::vector<std::string> symbols;
  tsdb::RankTable ranks(toc);
  tsdb::SymbolReader symbol_reader(source.index(), toc, kWindow);
  while (symbol_reader.next()) {
    ranks.add(symbol_reader, static_cast<std::uint32_t>(symbols.size()));
    symbols.emplace_back(symbol_reader.symbol());
  }
  tsdb::ChunkStream stream(source, kWindow, std::make_shared<tsdb::WindowPool>(1));
  tsdb::SeriesReader series(source.index(), toc, std::move(ranks), kWindow);
  tsdb::SeriesEntry entry;
  tsdb::ChunkDecoder decoder;
  tsdb::SampleColumns samples;
  Contents contents;
  while (series.next(entry)) {
    std::string name;
    for (const tsdb::PackedLabel label : entry.labels) {
      name += (name.empty() ? "" : ",") + symbols.at(static_cast<std::uint32_t>(label));
    }
    for (const tsdb::ChunkMeta& chunk : entry.chunks) {
      const tsdb::ChunkView view = stream.fetch(chunk);
      decoder.decode(view.encoding, view.data, samples);
      auto& times = contents[name];
      times.insert(times.end(), samples.times.begin(), samples.times.end());
    }
  }
  return contents;
}

std::vector<Ulid> blocks_of(objstore::Bucket& bucket, bool visible) {
  std::vector<Ulid> ids;
  for (const auto& [id, files] : block::list_blocks({}, bucket)) {
    if (files.meta && !(visible && files.mark(block::MarkKind::kDeletion))) {
      ids.push_back(id);
    }
  }
  return ids;
}

std::map<std::string, std::set<Timestamp>> visible_samples(objstore::Bucket& bucket) {
  std::map<std::string, std::set<Timestamp>> samples;
  for (const Ulid& id : blocks_of(bucket, true)) {
    for (const auto& [name, times] : read_contents(bucket, id)) {
      samples[name].insert(times.begin(), times.end());
    }
  }
  return samples;
}

block::Meta read_meta(objstore::Bucket& bucket, const Ulid& id) {
  const std::string object = id.to_string() + "/meta.json";
  const auto text = bucket.get({}, object, block::kMaxMetaSize);
  return block::parse_meta(as_text(text.value()), object);
}

}  // namespace strata::compact::testing
