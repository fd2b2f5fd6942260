#include "objstore/open_files.h"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

namespace strata::objstore {

std::shared_ptr<const File> OpenFiles::find(const std::string& path) {
  const MutexLock lock(mutex_);
  const auto found = entries_.find(path);
  if (found == entries_.end()) {
    return nullptr;
  }
  struct stat status{};
  if (::fstat(found->second.file->fd(), &status) != 0 || status.st_nlink == 0) {
    entries_.erase(found);
    return nullptr;
  }
  found->second.used = ++clock_;
  return found->second.file;
}

void OpenFiles::keep(const std::string& path, std::shared_ptr<const File> file) {
  const MutexLock lock(mutex_);
  if (entries_.size() >= kMost) {
    entries_.erase(std::ranges::min_element(entries_, {},
                                            [](const auto& entry) { return entry.second.used; }));
  }
  entries_.insert_or_assign(path, Entry{.file = std::move(file), .used = ++clock_});
}

void OpenFiles::forget(const std::string& path) {
  const MutexLock lock(mutex_);
  entries_.erase(path);
}

}  // namespace strata::objstore
