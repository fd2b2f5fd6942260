#include "block/publish.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "block/object_name.h"

namespace strata::block {
namespace {

constexpr std::string_view kChunks = "chunks/";

void require_uploaded(std::stop_token stop, objstore::Bucket& bucket, const Ulid& block,
                      const MetaFile& file) {
  const auto object = bucket.stat(std::move(stop), object_name(block, file.rel_path));
  const ErrorPlace place{.block = block.to_string(), .file = file.rel_path, .offset = {}};
  if (!object) {
    throw Error(ErrorKind::kTransient, "uploaded, but not in the bucket", place);
  }
  if (object->size != file.size_bytes) {
    throw Error(
        ErrorKind::kTransient,
        fmt::format("{} bytes in the bucket, {} were uploaded", object->size, file.size_bytes),
        place);
  }
}

}  // namespace

void require_external_labels(const Meta& meta) {
  if (meta.labels().empty()) {
    throw Error(ErrorKind::kInvalid,
                "a block without external labels is not uploaded: nothing would tell its stream "
                "from others",
                {.block = meta.ulid.to_string(), .file = std::string(kMetaFile), .offset = {}});
  }
}

Meta publish_block(std::stop_token stop, objstore::Bucket& bucket, Meta meta,
                   std::span<const MetaFile> written, const Clock& clock) {
  require_external_labels(meta);
  if (std::ranges::find(written, "index", &MetaFile::rel_path) == written.end()) {
    throw Error(ErrorKind::kInvalid, "a block without an index is not published",
                {.block = meta.ulid.to_string(), .file = "index", .offset = {}});
  }
  for (const MetaFile& file : written) {
    require_uploaded(stop, bucket, meta.ulid, file);
  }
  ThanosSection& thanos = meta.thanos;
  thanos.files.assign(written.begin(), written.end());
  // Its size is not known before it is written.
  thanos.files.push_back(
      {.rel_path = std::string(kMetaFile), .size_bytes = 0, .hash_function = {}, .hash_value = {}});
  std::ranges::sort(thanos.files, {}, &MetaFile::rel_path);
  thanos.segment_files.clear();
  for (const MetaFile& file : thanos.files) {
    if (file.rel_path.starts_with(kChunks)) {
      thanos.segment_files.push_back(file.rel_path.substr(kChunks.size()));
    }
  }
  thanos.upload_time = format_rfc3339_nano(clock.now());
  bucket.put(stop, object_name(meta.ulid, kMetaFile), as_bytes(format_meta(meta)),
             {.create_only = true, .if_etag = {}});
  return meta;
}

}  // namespace strata::block
