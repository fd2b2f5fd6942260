#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/time.h"
#include "base/ulid.h"
#include "block/listing.h"
#include "block/marks.h"
#include "block/meta.h"
#include "objstore/bucket.h"

namespace strata::block {

enum class BlockState {
  kWhole,        // its meta was read
  kNoMeta,       // partial: no meta.json
  kCorruptMeta,  // partial: meta.json does not parse
  kFailed,       // set aside: a meta that we decline (another version, another block's)
};

struct BlockMark {
  Mark mark;          // valid when `error` is empty
  std::string error;  // a version that we don't know: the mark is there, its meaning is not known
};

struct BlockEntry {
  BlockListing files;
  BlockState state = BlockState::kNoMeta;
  std::string reason;                // why it is not whole
  std::shared_ptr<const Meta> meta;  // null unless whole
  // By MarkKind. A mark that does not parse counts as none, as in the reference; a warning says so.
  std::array<std::optional<BlockMark>, kMarkKinds.size()> marks;

  const std::optional<BlockMark>& mark(MarkKind kind) const {
    return marks[static_cast<std::size_t>(kind)];
  }
};

// One look at a bucket, unfiltered; nothing in it changes afterwards.
struct Snapshot {
  Timestamp taken = 0;
  std::map<Ulid, BlockEntry> blocks;
  std::vector<std::string> warnings;  // unparsable marks, cache trouble: to be logged
  std::size_t metas_fetched = 0;      // read from the bucket rather than from a cache
};

struct SnapshotOptions {
  // <data-dir>/meta-syncer: shared with the reference's layout. Empty: no cache on disk.
  std::filesystem::path cache_directory;
  unsigned concurrency = 32;
  // Whether a listing shows every object that exists. If not, marks are asked for block by block.
  bool listing_is_consistent = true;
};

class MetaCache;

// Reads snapshots of one bucket and keeps what it may reuse for the next. read() by one thread at a
// time.
class SnapshotReader {
 public:
  SnapshotReader(objstore::Bucket& bucket, SnapshotOptions options);
  ~SnapshotReader();
  SnapshotReader(const SnapshotReader&) = delete;
  SnapshotReader& operator=(const SnapshotReader&) = delete;

  // Any failure to read a meta or mark that is there ends it as a transient "incomplete view"
  // (denied, cancelled and exhausted keep their kind): deciding on a part of the bucket would lose
  // data.
  std::shared_ptr<const Snapshot> read(std::stop_token stop, const Clock& clock);

 private:
  objstore::Bucket& bucket_;
  SnapshotOptions options_;
  std::unique_ptr<MetaCache> cache_;
  std::shared_ptr<const Snapshot> last_;  // what is unchanged since is taken from it
};

}  // namespace strata::block
