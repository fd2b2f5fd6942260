#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/mutex.h"
#include "base/ulid.h"
#include "block/listing.h"
#include "block/meta.h"

namespace strata::block {

// Metas on disk: <directory>/<ULID>/meta.json as the reference keeps them, and beside them a file
// of ours, `versions`, that says which object each one was read from. Losing any of it costs a
// fetch, so nothing here throws: trouble becomes a warning. Thread-safe.
class MetaCache {
 public:
  // An empty path keeps nothing.
  explicit MetaCache(std::filesystem::path directory);

  // The meta of exactly this version, or null.
  std::shared_ptr<const Meta> find(const Ulid& block, const ObjectVersion& version);
  void store(const Ulid& block, const ObjectVersion& version, Bytes json);
  // Drops every other block and brings `versions` up to date.
  void keep_only(const std::set<Ulid>& blocks);

  std::vector<std::string> take_warnings();

 private:
  struct Line {
    ObjectVersion version;
    std::uint64_t hash = 0;  // of the cached file, which may be torn: it is not synced
  };

  std::filesystem::path path_of(const Ulid& block) const;
  void load_versions();
  void save_versions();
  std::optional<Line> line_of(const Ulid& block) const;
  void set_line(const Ulid& block, const Line& line);
  void drop(const Ulid& block);
  void warn(std::string text);

  std::filesystem::path directory_;
  mutable Mutex mutex_;
  std::map<Ulid, Line> lines_ GUARDED_BY(mutex_);
  bool changed_ GUARDED_BY(mutex_) = false;
  std::vector<std::string> warnings_ GUARDED_BY(mutex_);
};

}  // namespace strata::block
