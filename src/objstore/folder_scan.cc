#include "objstore/folder_scan.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <utility>

#include "base/error.h"
#include "objstore/file_object.h"

namespace strata::objstore {
namespace {

bool is_gone(int error_number) {
  return error_number == ENOENT || error_number == ENOTDIR;
}

}  // namespace

bool PageCollector::add(ObjectInfo info) {
  page_.push_back(std::move(info));
  return page_.size() < kPageSize || flush();
}

bool PageCollector::flush() {
  if (more_ && !page_.empty()) {
    more_ = visit_(std::span<const ObjectInfo>(page_));
    page_.clear();
  }
  return more_;
}

// An open directory; empty when it is not there.
class FolderScan::Directory {
 public:
  Directory(const std::string& path, std::string_view object) : path_(path), object_(object) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
      if (is_gone(errno)) {
        return;
      }
      throw file_object_error(errno, "list", path_, object_);
    }
    struct stat status{};
    stream_ = ::fdopendir(fd);
    if (stream_ == nullptr || ::fstat(fd, &status) != 0) {
      const int error_number = errno;
      stream_ == nullptr ? ::close(fd) : ::closedir(stream_);
      throw file_object_error(error_number, "list", path_, object_);
    }
    identity_ = {.device = status.st_dev, .inode = status.st_ino};
  }
  ~Directory() {
    if (stream_ != nullptr) {
      ::closedir(stream_);
    }
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  bool exists() const { return stream_ != nullptr; }
  const Identity& identity() const { return identity_; }
  int fd() const { return ::dirfd(stream_); }
  const std::string& path() const { return path_; }
  const std::string& object() const { return object_; }

  // Null at the end; valid until the next call.
  const dirent* next() {
    while (stream_ != nullptr) {
      errno = 0;
      const dirent* entry = ::readdir(stream_);
      if (entry == nullptr) {
        if (errno != 0 && !is_gone(errno)) {
          throw file_object_error(errno, "list", path_, object_);
        }
        return nullptr;
      }
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") {
        return entry;
      }
    }
    return nullptr;
  }

 private:
  std::string path_;
  std::string object_;
  DIR* stream_ = nullptr;
  Identity identity_{};
};

FolderScan::FolderScan(std::stop_token stop, std::string root, std::size_t window)
    : stop_(std::move(stop)), root_(std::move(root)), window_(window) {}

void FolderScan::check_stop() const {
  if (stop_.stop_requested()) {
    throw Error(ErrorKind::kCancelled, fmt::format("list {}: stopped", root_));
  }
}

std::string FolderScan::path_of(std::string_view name) const {
  return fmt::format("{}/{}", root_, name);
}

bool FolderScan::run(std::string_view prefix, Listing listing, PageCollector& out) {
  return walk(std::string(prefix), listing, out) && out.flush();
}

std::string FolderScan::classify(const Directory& directory, const dirent& entry) const {
  std::string name = entry.d_name;
  if (directory.object().empty() && name == kPrivateFolder) {
    return {};
  }
  switch (entry.d_type) {
    case DT_REG:
      return name;
    case DT_DIR:
      return name + '/';
    case DT_LNK:
    case DT_UNKNOWN:
      break;
    default:
      return {};
  }
  struct stat status{};
  if (::fstatat(directory.fd(), name.c_str(), &status, 0) != 0) {
    if (is_gone(errno)) {
      return {};
    }
    throw file_object_error(errno, "stat", directory.path() + name, directory.object() + name);
  }
  if (S_ISDIR(status.st_mode)) {
    return name + '/';
  }
  return S_ISREG(status.st_mode) ? name : std::string();
}

std::vector<std::string> FolderScan::read_window(Directory& directory,
                                                 std::string_view after) const {
  std::vector<std::string> names;
  const auto keep_least = [&] {
    if (names.size() > window_) {
      std::ranges::nth_element(names, names.begin() + static_cast<std::ptrdiff_t>(window_));
      names.resize(window_);
    }
  };
  while (const dirent* entry = directory.next()) {
    std::string name = classify(directory, *entry);
    if (name.empty() || name <= after) {
      continue;
    }
    names.push_back(std::move(name));
    if (names.size() >= 2 * window_) {
      check_stop();
      keep_least();
    }
  }
  keep_least();
  std::ranges::sort(names);
  return names;
}

bool FolderScan::walk(const std::string& prefix, Listing listing, PageCollector& out) {
  std::string after;
  const std::size_t depth = ancestors_.size();
  while (true) {
    check_stop();
    std::vector<std::string> names;
    {
      Directory directory(path_of(prefix), prefix);
      if (!directory.exists()) {
        return true;
      }
      if (std::ranges::count(ancestors_, directory.identity()) > 0) {
        throw Error(ErrorKind::kInvalid,
                    fmt::format("list {}: a symbolic link leads back to a folder above it",
                                directory.path()));
      }
      names = read_window(directory, after);
      ancestors_.push_back(directory.identity());
    }
    for (const std::string& name : names) {
      if (!visit(prefix + name, listing, out)) {
        return false;
      }
    }
    ancestors_.resize(depth);
    if (names.size() < window_) {
      return true;
    }
    after = std::move(names.back());
  }
}

bool FolderScan::visit(const std::string& name, Listing listing, PageCollector& out) {
  check_stop();
  if (name.ends_with('/')) {
    if (listing == Listing::kRecursive) {
      return walk(name, listing, out);
    }
    return !has_object(name) || out.add({.name = name, .size = 0, .modified = {}, .etag = {}});
  }
  const std::string path = path_of(name);
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) {
    if (is_gone(errno)) {
      return true;
    }
    throw file_object_error(errno, "stat", path, name);
  }
  return !S_ISREG(status.st_mode) || out.add(file_object_info(name, status));
}

bool FolderScan::has_object(const std::string& prefix) {
  check_stop();
  std::vector<std::string> folders;
  Identity identity{};
  {
    Directory directory(path_of(prefix), prefix);
    if (!directory.exists() || std::ranges::count(ancestors_, directory.identity()) > 0) {
      return false;
    }
    identity = directory.identity();
    while (const dirent* entry = directory.next()) {
      std::string name = classify(directory, *entry);
      if (name.ends_with('/')) {
        folders.push_back(std::move(name));
      } else if (!name.empty()) {
        return true;
      }
    }
  }
  ancestors_.push_back(identity);
  const bool found = std::ranges::any_of(
      folders, [&](const std::string& folder) { return has_object(prefix + folder); });
  ancestors_.pop_back();
  return found;
}

}  // namespace strata::objstore
