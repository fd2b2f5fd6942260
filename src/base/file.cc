#include "base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

#include "base/error.h"

namespace strata {

File::File(File&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)) {}

File& File::operator=(File&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) {
      ::close(fd_);
    }
    fd_ = std::exchange(other.fd_, -1);
    path_ = std::move(other.path_);
  }
  return *this;
}

File::~File() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

File File::open_read(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    throw errno_error(errno, "open", path.string());
  }
  return {fd, path.string()};
}

File File::create_new(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0) {
    throw errno_error(errno, "create", path.string());
  }
  return {fd, path.string()};
}

File File::create_unnamed(const std::filesystem::path& directory) {
  int fd = ::open(directory.c_str(), O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
  if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT)) {
    std::string name = (directory / "spill-XXXXXX").string();
    fd = ::mkostemp(name.data(), O_CLOEXEC);
    if (fd >= 0) {
      ::unlink(name.c_str());
    }
  }
  if (fd < 0) {
    throw errno_error(errno, "create a temporary file in", directory.string());
  }
  return {fd, directory.string() + " (unnamed)"};
}

File File::create_temporary(const std::filesystem::path& beside) {
  std::string name = beside.string() + ".tmp-XXXXXX";
  const int fd = ::mkostemp(name.data(), O_CLOEXEC);
  if (fd < 0) {
    throw errno_error(errno, "create", name);
  }
  (void)::fchmod(fd, 0644);
  return {fd, std::move(name)};
}

std::uint64_t File::size() const {
  struct stat info{};
  if (::fstat(fd_, &info) != 0) {
    throw errno_error(errno, "stat", path_);
  }
  return static_cast<std::uint64_t>(info.st_size);
}

void File::read_at(std::uint64_t offset, MutableBytes out) const {
  while (!out.empty()) {
    const ssize_t n = ::pread(fd_, out.data(), out.size(), static_cast<off_t>(offset));
    if (n < 0) {
      if (errno == EINTR) {
        continue;
      }
      throw errno_error(errno, "read", path_);
    }
    if (n == 0) {
      throw_corrupt(fmt::format("file ends {} bytes early", out.size()), path_, offset);
    }
    offset += static_cast<std::uint64_t>(n);
    out = out.subspan(static_cast<std::size_t>(n));
  }
}

void File::write(Bytes bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
    if (n < 0) {
      if (errno == EINTR) {
        continue;
      }
      throw errno_error(errno, "write", path_);
    }
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
}

void File::write_at(std::uint64_t offset, Bytes bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0) {
      if (errno == EINTR) {
        continue;
      }
      throw errno_error(errno, "write", path_);
    }
    offset += static_cast<std::uint64_t>(n);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
}

void File::sync() {
  if (::fsync(fd_) != 0) {
    throw errno_error(errno, "sync", path_);
  }
}

void File::start_writeback(std::uint64_t offset, std::uint64_t length) {
  // Only a hint: file systems without it lose nothing but time.
  (void)::sync_file_range(fd_, static_cast<off_t>(offset), static_cast<off_t>(length),
                          SYNC_FILE_RANGE_WRITE);
}

void File::drop_cached(std::uint64_t offset, std::uint64_t length) {
  if (length == 0) {
    return;  // to both calls it would mean all the rest
  }
  (void)::sync_file_range(
      fd_, static_cast<off_t>(offset), static_cast<off_t>(length),
      SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER);
  (void)::posix_fadvise(fd_, static_cast<off_t>(offset), static_cast<off_t>(length),
                        POSIX_FADV_DONTNEED);
}

void File::close() {
  if (fd_ >= 0 && ::close(std::exchange(fd_, -1)) != 0) {
    throw errno_error(errno, "close", path_);
  }
}

void sync_directory(const std::filesystem::path& directory) {
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) {
    throw errno_error(errno, "open", directory.string());
  }
  const int result = ::fsync(fd);
  const int error_number = errno;
  ::close(fd);
  if (result != 0 && error_number != EINVAL) {
    throw errno_error(error_number, "sync", directory.string());
  }
}

std::string read_file(const std::filesystem::path& path, std::uint64_t limit) {
  const File file = File::open_read(path);
  std::string content;
  // Not by size(): pipes and files of /proc have none.
  char chunk[16384];
  while (true) {
    const ssize_t n = ::read(file.fd(), chunk, sizeof chunk);
    if (n < 0) {
      if (errno == EINTR) {
        continue;
      }
      throw errno_error(errno, "read", path.string());
    }
    if (n == 0) {
      return content;
    }
    content.append(chunk, static_cast<std::size_t>(n));
    if (content.size() > limit) {
      throw_invalid(fmt::format("read {}: larger than {} bytes", path.string(), limit));
    }
  }
}

void write_file_atomically(const std::filesystem::path& path, Bytes content) {
  File file = File::create_temporary(path);
  const std::string name = file.path();
  try {
    file.write(content);
    file.sync();
    file.close();
    if (::rename(name.c_str(), path.c_str()) != 0) {
      throw errno_error(errno, "rename", name);
    }
  } catch (...) {
    ::unlink(name.c_str());
    throw;
  }
  sync_directory(path.has_parent_path() ? path.parent_path() : ".");
}

}  // namespace strata
