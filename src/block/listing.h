#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/time.h"
#include "base/ulid.h"
#include "block/marks.h"
#include "objstore/bucket.h"

namespace strata::block {

// Which content an object holds, as far as a listing tells.
struct ObjectVersion {
  std::uint64_t size = 0;
  std::optional<Timestamp> modified;
  std::string etag;

  // True only when the two are certainly the same content.
  bool same_as(const ObjectVersion& other) const;
};

struct SegmentFile {
  std::string name;  // "000001"
  std::uint64_t size = 0;
};

// What one listing shows of one block's folder.
struct BlockListing {
  std::size_t objects = 0;  // all below the folder, directory markers aside
  std::uint64_t bytes = 0;
  std::optional<std::uint64_t> index_size;  // empty: no index
  std::optional<std::uint64_t> tombstones_size;
  std::optional<Timestamp> newest;  // latest modification of any object; empty where unknown
  std::optional<ObjectVersion> meta;
  std::array<std::optional<ObjectVersion>, kMarkKinds.size()> marks;  // by MarkKind
  std::vector<SegmentFile>
      segments;  // files of chunks/ with a decimal name, in byte order of names

  const std::optional<ObjectVersion>& mark(MarkKind kind) const {
    return marks[static_cast<std::size_t>(kind)];
  }
};

// One recursive listing, page by page. Folders that are not named by a ULID in upper case are
// skipped.
std::map<Ulid, BlockListing> list_blocks(std::stop_token stop, objstore::Bucket& bucket);
// Of one block; without objects it is a not_found error.
BlockListing list_block(std::stop_token stop, objstore::Bucket& bucket, const Ulid& block);

}  // namespace strata::block
