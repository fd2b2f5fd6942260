#include "objstore/durable_folders.h"

#include <sys/stat.h>

#include <cerrno>

#include "base/error.h"
#include "base/file.h"
#include "objstore/file_object.h"

namespace strata::objstore {

void sync_if_there(const std::filesystem::path& directory) {
  try {
    sync_directory(directory);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kNotFound) {
      throw;
    }
  }
}

void make_directories(const std::string& path, std::string_view object) {
  if (::mkdir(path.c_str(), 0777) == 0) {
    sync_if_there(std::filesystem::path(path).parent_path());
    return;
  }
  if (errno == EEXIST) {
    struct stat status{};
    if (::stat(path.c_str(), &status) == 0 && !S_ISDIR(status.st_mode)) {
      throw file_object_error(ENOTDIR, "create", path, object);
    }
    return;
  }
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  if (errno != ENOENT || parent == path) {
    throw file_object_error(errno, "create", path, object);
  }
  make_directories(parent.string(), object);
  if (::mkdir(path.c_str(), 0777) != 0) {
    // A neighbour made it, or pruned its parent again; the caller's next attempt tells.
    if (errno != EEXIST && errno != ENOENT) {
      throw file_object_error(errno, "create", path, object);
    }
    return;
  }
  sync_if_there(parent);
}

}  // namespace strata::objstore
