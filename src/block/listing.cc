#include "block/listing.h"

#include <algorithm>
#include <string_view>

#include "base/error.h"
#include "block/meta.h"

namespace strata::block {
namespace {

constexpr std::string_view kChunks = "chunks/";

bool is_decimal(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

ObjectVersion version_of(const objstore::ObjectInfo& object) {
  return {.size = object.size, .modified = object.modified, .etag = object.etag};
}

// `file` is the object's name inside the block's folder.
void add(BlockListing& block, std::string_view file, const objstore::ObjectInfo& object) {
  ++block.objects;
  block.bytes += object.size;
  if (object.modified) {
    block.newest = std::max(block.newest.value_or(*object.modified), *object.modified);
  }
  if (file == kMetaFile) {
    block.meta = version_of(object);
  } else if (file == "index") {
    block.index_size = object.size;
  } else if (file == "tombstones") {
    block.tombstones_size = object.size;
  } else if (file.starts_with(kChunks) && is_decimal(file.substr(kChunks.size()))) {
    block.segments.push_back({std::string(file.substr(kChunks.size())), object.size});
  } else {
    for (const MarkKind kind : kMarkKinds) {
      if (file == mark_file(kind)) {
        block.marks[static_cast<std::size_t>(kind)] = version_of(object);
      }
    }
  }
}

void sort_segments(BlockListing& block) {
  std::ranges::sort(block.segments, {}, &SegmentFile::name);
}

// The block whose folder an object lies in; lower-case folders are none, since their objects would
// be looked for under the upper-case name.
std::optional<Ulid> block_of(std::string_view object) {
  if (object.size() <= Ulid::kTextSize || object[Ulid::kTextSize] != '/') {
    return std::nullopt;
  }
  const auto folder = object.substr(0, Ulid::kTextSize);
  const auto id = Ulid::parse(folder);
  return id && id->to_string() == folder ? id : std::nullopt;
}

}  // namespace

bool ObjectVersion::same_as(const ObjectVersion& other) const {
  if (size != other.size) {
    return false;
  }
  if (!etag.empty() && !other.etag.empty()) {
    return etag == other.etag;
  }
  return modified && other.modified && *modified == *other.modified;
}

std::map<Ulid, BlockListing> list_blocks(std::stop_token stop, objstore::Bucket& bucket) {
  std::map<Ulid, BlockListing> blocks;
  bucket.list(
      stop, "", objstore::Listing::kRecursive, [&](std::span<const objstore::ObjectInfo> page) {
        for (const auto& object : page) {
          const auto id = block_of(object.name);
          if (id && !object.is_folder()) {
            add(blocks[*id], std::string_view(object.name).substr(Ulid::kTextSize + 1), object);
          }
        }
        return true;
      });
  for (auto& [id, block] : blocks) {
    sort_segments(block);
  }
  return blocks;
}

BlockListing list_block(std::stop_token stop, objstore::Bucket& bucket, const Ulid& block) {
  BlockListing listing;
  const std::string folder = block.to_string() + '/';
  bucket.list(stop, folder, objstore::Listing::kRecursive,
              [&](std::span<const objstore::ObjectInfo> page) {
                for (const auto& object : page) {
                  if (!object.is_folder()) {
                    add(listing, std::string_view(object.name).substr(folder.size()), object);
                  }
                }
                return true;
              });
  if (listing.objects == 0) {
    throw Error(ErrorKind::kNotFound, "no such block in the bucket",
                {.block = block.to_string(), .file = {}, .offset = {}});
  }
  sort_segments(listing);
  return listing;
}

}  // namespace strata::block
