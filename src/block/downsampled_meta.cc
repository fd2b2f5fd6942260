#include "block/downsampled_meta.h"

namespace strata::block {
namespace {

constexpr std::string_view kChunks = "chunks/";

}  // namespace

Meta downsampled_meta(const Meta& source, const Ulid& id, Resolution target,
                      const tsdb::WrittenBlock& written) {
  Meta meta = source;
  meta.ulid = id;
  meta.stats.num_samples = written.stats.num_samples;
  meta.stats.num_series = written.stats.num_series;
  meta.stats.num_chunks = written.stats.num_chunks;
  ThanosSection& thanos = meta.thanos;
  if (!thanos.labels) {
    thanos.labels.emplace();  // the reference reads a missing set as an empty one
  }
  thanos.resolution = target;
  thanos.source = "compactor";
  thanos.segment_files.clear();
  for (const tsdb::WrittenFile& file : written.files) {
    if (file.rel_path.starts_with(kChunks)) {
      thanos.segment_files.push_back(file.rel_path.substr(kChunks.size()));
    }
  }
  if (written.series_max_size > 0) {
    thanos.index_stats.series_max_size = static_cast<std::int64_t>(written.series_max_size);
  }
  if (written.chunk_max_size > 0) {
    thanos.index_stats.chunk_max_size = static_cast<std::int64_t>(written.chunk_max_size);
  }
  return meta;
}

}  // namespace strata::block
