#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/file.h"
#include "base/mutex.h"

namespace strata::objstore {

// Files that were read lately, kept open: a block is read in thousands of windows, and opening
// costs more than reading one. A file that has lost its last name is not handed out again.
// Thread-safe.
class OpenFiles {
 public:
  // At most so many stay open beside those in use.
  static constexpr std::size_t kMost = 64;

  // The open file of this path, or null.
  std::shared_ptr<const File> find(const std::string& path);
  void keep(const std::string& path, std::shared_ptr<const File> file);
  // The path is about to name another file, or none.
  void forget(const std::string& path);

 private:
  struct Entry {
    std::shared_ptr<const File> file;
    std::uint64_t used = 0;
  };

  Mutex mutex_;
  std::unordered_map<std::string, Entry> entries_ GUARDED_BY(mutex_);
  std::uint64_t clock_ GUARDED_BY(mutex_) = 0;
};

}  // namespace strata::objstore
