#include "block/remove_block.h"

#include <string>
#include <vector>

#include "base/error.h"
#include "block/meta.h"
#include "block/object_name.h"

namespace strata::block {
namespace {

struct BlockObjects {
  std::vector<std::string> files;
  std::vector<std::string> folder_markers;
};

BlockObjects names_of(const std::stop_token& stop, objstore::Bucket& bucket, const Ulid& block) {
  BlockObjects names;
  bucket.list(stop, object_name(block, ""), objstore::Listing::kRecursive,
              [&](std::span<const objstore::ObjectInfo> page) {
                for (const auto& object : page) {
                  (object.is_folder() ? names.folder_markers : names.files).push_back(object.name);
                }
                return true;
              });
  return names;
}

// False where it was gone already.
bool remove_object(const std::stop_token& stop, objstore::Bucket& bucket, const Ulid& block,
                   const std::string& object) {
  try {
    bucket.remove(stop, object);
    return true;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kNotFound) {
      throw error.at({.block = block.to_string(), .file = object, .offset = {}});
    }
    return false;
  }
}

// Objects that only stand for a folder are nobody's data: what cannot be removed stays.
void remove_folder_markers(const std::stop_token& stop, objstore::Bucket& bucket,
                           const std::vector<std::string>& markers) {
  for (auto marker = markers.rbegin(); marker != markers.rend(); ++marker) {
    try {
      bucket.remove(stop, *marker);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::kCancelled) {
        throw;
      }
    }
  }
}

}  // namespace

std::size_t remove_block(std::stop_token stop, objstore::Bucket& bucket, const Ulid& block) {
  const BlockObjects names = names_of(stop, bucket, block);
  const std::string first = object_name(block, kMetaFile);
  const std::string last = mark_object(MarkKind::kDeletion, block);
  std::size_t removed = 0;
  const auto remove_if = [&](auto wanted) {
    for (const std::string& name : names.files) {
      if (wanted(name) && remove_object(stop, bucket, block, name)) {
        ++removed;
      }
    }
  };
  remove_if([&](const std::string& name) { return name == first; });
  remove_if([&](const std::string& name) { return name != first && name != last; });
  remove_if([&](const std::string& name) { return name == last; });
  remove_folder_markers(stop, bucket, names.folder_markers);
  return removed;
}

std::chrono::milliseconds partial_upload_age(const Ulid& block, const BlockListing& files,
                                             Timestamp now) {
  return std::chrono::milliseconds(now - files.newest.value_or(block.time_ms()));
}

}  // namespace strata::block
