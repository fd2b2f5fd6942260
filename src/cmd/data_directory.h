#pragma once

#include <filesystem>

namespace strata::cmd {

// The working folders below --data-dir. What a run before this one left there, ours or the
// reference's, is removed, but for the cache of metas, which is used.
class DataDirectory {
 public:
  // Throws when it cannot be made or written.
  explicit DataDirectory(const std::filesystem::path& root);
  // Removes the working folder.
  ~DataDirectory();
  DataDirectory(const DataDirectory&) = delete;
  DataDirectory& operator=(const DataDirectory&) = delete;

  std::filesystem::path work() const { return root_ / "compact"; }
  std::filesystem::path meta_cache() const { return root_ / "meta-syncer"; }

 private:
  std::filesystem::path root_;
};

}  // namespace strata::cmd
