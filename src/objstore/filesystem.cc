#include "objstore/filesystem.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <random>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "objstore/durable_folders.h"
#include "objstore/file_object.h"
#include "objstore/folder_scan.h"
#include "objstore/object_name.h"

namespace strata::objstore {
namespace {

constexpr std::string_view kTemporaryFolder = ".strata/tmp";
constexpr std::string_view kLockFile = ".strata/lock";
constexpr std::chrono::hours kStaleAfter{24};
constexpr std::size_t kWriteBuffer = std::size_t{256} << 10;
// What is as large goes to the file as it is, not through the buffer.
constexpr std::size_t kDirectWrite = std::size_t{64} << 10;
constexpr std::uint64_t kWritebackEvery = std::uint64_t{8} << 20;
// Publishing starts over when another process prunes the folders that it has just made.
constexpr int kPublishAttempts = 64;

void check_stop(const std::stop_token& stop, std::string_view action, std::string_view object) {
  if (stop.stop_requested()) {
    throw Error(ErrorKind::kCancelled, fmt::format("{} {}: stopped", action, object));
  }
}

[[noreturn]] void throw_conflict(std::string_view object, std::string_view why) {
  throw Error(ErrorKind::kConflict, fmt::format("put: {}", why),
              {.block = {}, .file = std::string(object), .offset = {}});
}

// Where the file system has no hard links. True when it was moved, false when the target exists.
bool move_without_replacing(const std::string& from, const std::string& to,
                            std::string_view object) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) {
    return true;
  }
  if (errno != EEXIST) {
    throw file_object_error(errno, "create", to, object);
  }
  return false;
}

// Opened without waiting for the other end of a pipe. Closed when there is no regular file of that
// name.
File open_object(const std::string& path, std::string_view object, struct stat& status) {
  if (::stat(path.c_str(), &status) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) {
      return {};
    }
    throw file_object_error(errno, "stat", path, object);
  }
  if (!S_ISREG(status.st_mode)) {
    return {};
  }
  try {
    File file = File::open_read(path);
    if (::fstat(file.fd(), &status) != 0) {
      throw file_object_error(errno, "stat", path, object);
    }
    return file;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kNotFound) {
      return {};
    }
    throw error.at({.block = {}, .file = std::string(object), .offset = {}});
  }
}

Error not_found(std::string_view action, const std::string& path, std::string_view object) {
  return file_object_error(ENOENT, action, path, object);
}

}  // namespace

// Shared by plain puts and removals, exclusive for a put that compares first: nothing changes
// between its look and its rename. Only processes of ours take it. A file system without locks
// refuses the comparing kind alone.
class FilesystemBucket::PublishLock {
 public:
  PublishLock(const std::string& path, bool exclusive) {
    fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    int result = fd_;
    while (fd_ >= 0 && (result = ::flock(fd_, exclusive ? LOCK_EX : LOCK_SH)) != 0 &&
           errno == EINTR) {
    }
    if (result < 0 && exclusive) {
      const int error_number = errno;
      if (fd_ >= 0) {
        ::close(fd_);
      }
      throw errno_error(error_number, "lock", path);
    }
  }
  ~PublishLock() {
    if (fd_ >= 0) {
      ::close(fd_);
    }
  }
  PublishLock(const PublishLock&) = delete;
  PublishLock& operator=(const PublishLock&) = delete;

 private:
  int fd_ = -1;
};

class FilesystemBucket::Writer final : public ObjectWriter {
 public:
  Writer(FilesystemBucket& bucket, std::stop_token stop, std::string object,
         const PutCondition& condition)
      : bucket_(bucket),
        stop_(std::move(stop)),
        object_(std::move(object)),
        condition_(condition),
        file_(bucket.create_temporary()) {}

  ~Writer() override {
    if (!committed_) {
      ::unlink(file_.path().c_str());
    }
  }

  void append(Bytes bytes) override {
    check_open();
    check_stop(stop_, "write", object_);
    size_ += bytes.size();
    if (bytes.empty()) {
      return;
    }
    if (buffered_ + bytes.size() > kWriteBuffer || bytes.size() >= kDirectWrite) {
      flush();
    }
    if (bytes.size() >= kDirectWrite) {
      write(bytes);
      return;
    }
    if (!buffer_) {
      buffer_ = std::make_unique_for_overwrite<std::uint8_t[]>(kWriteBuffer);
    }
    std::memcpy(buffer_.get() + buffered_, bytes.data(), bytes.size());
    buffered_ += bytes.size();
  }

  std::uint64_t size() const override { return size_; }

  ObjectInfo commit() override {
    check_open();
    check_stop(stop_, "write", object_);
    flush();
    // Whatever fails from here on: a second attempt could take unsynced pages for synced ones.
    closed_ = true;
    struct stat status{};
    try {
      file_.sync();
    } catch (const Error& error) {
      throw error.at({.block = {}, .file = object_, .offset = {}});
    }
    if (::fstat(file_.fd(), &status) != 0) {
      throw file_object_error(errno, "stat", file_.path(), object_);
    }
    bucket_.publish(file_.path(), object_, condition_);
    committed_ = true;
    return file_object_info(object_, status);
  }

 private:
  void check_open() const {
    if (closed_) {
      throw Error(ErrorKind::kInvalid, fmt::format("write {}: already committed", object_));
    }
  }

  void flush() {
    if (buffered_ > 0) {
      write({buffer_.get(), std::exchange(buffered_, 0)});
    }
  }

  void write(Bytes bytes) {
    try {
      file_.write(bytes);
    } catch (const Error& error) {
      closed_ = true;
      throw error.at({.block = {}, .file = object_, .offset = {}});
    }
    written_ += bytes.size();
    if (written_ - started_ >= kWritebackEvery) {
      file_.start_writeback(started_, written_ - started_);
      // The piece before has had its time: nothing reads it before the object is whole.
      file_.drop_cached(dropped_, started_ - dropped_);
      dropped_ = started_;
      started_ = written_;
    }
  }

  FilesystemBucket& bucket_;
  std::stop_token stop_;
  std::string object_;
  PutCondition condition_;
  File file_;
  std::unique_ptr<std::uint8_t[]> buffer_;
  std::size_t buffered_ = 0;
  std::uint64_t size_ = 0;
  std::uint64_t written_ = 0;
  std::uint64_t started_ = 0;  // written-back up to here
  std::uint64_t dropped_ = 0;  // out of the page cache up to here
  bool closed_ = false;
  bool committed_ = false;
};

FilesystemBucket::FilesystemBucket(const std::filesystem::path& directory, const Clock& clock) {
  std::error_code error;
  const std::filesystem::path absolute =
      std::filesystem::absolute(directory, error).lexically_normal();
  if (error || directory.empty()) {
    throw_invalid(fmt::format("bucket directory \"{}\" is no path", directory.string()));
  }
  root_ = absolute.string();
  while (root_.size() > 1 && root_.ends_with('/')) {
    root_.pop_back();
  }
  name_ = "fs: " + root_;
  struct stat status{};
  if (::stat(root_.c_str(), &status) != 0) {
    if (errno != ENOENT) {
      throw errno_error(errno, "open bucket directory", root_);
    }
    return;
  }
  if (!S_ISDIR(status.st_mode)) {
    throw_invalid(fmt::format("open bucket directory {}: not a directory", root_));
  }
  remove_stale_temporaries(clock);
}

std::string FilesystemBucket::path_of(std::string_view object) const {
  check_object_name(object);
  if (object.substr(0, object.find('/')) == kPrivateFolder) {
    throw Error(
        ErrorKind::kInvalid,
        fmt::format("object name \"{}\" is below the folder that the bucket keeps for itself",
                    object),
        {.block = {}, .file = std::string(object), .offset = {}});
  }
  return fmt::format("{}/{}", root_, object);
}

void FilesystemBucket::list(std::stop_token stop, std::string_view prefix, Listing listing,
                            const PageVisitor& visit) {
  check_prefix(prefix);
  if (prefix.substr(0, prefix.find('/')) == kPrivateFolder) {
    return;
  }
  PageCollector pages(visit);
  FolderScan(std::move(stop), root_).run(prefix, listing, pages);
}

std::optional<ObjectInfo> FilesystemBucket::stat(std::stop_token stop, std::string_view object) {
  check_stop(stop, "stat", object);
  const std::string path = path_of(object);
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) {
      return std::nullopt;
    }
    throw file_object_error(errno, "stat", path, object);
  }
  if (!S_ISREG(status.st_mode)) {
    return std::nullopt;
  }
  return file_object_info(std::string(object), status);
}

void FilesystemBucket::get_range(std::stop_token stop, std::string_view object,
                                 std::uint64_t offset, MutableBytes out) {
  check_stop(stop, "read", object);
  const std::string path = path_of(object);
  std::shared_ptr<const File> file = open_files_.find(path);
  if (file == nullptr) {
    struct stat status{};
    file = std::make_shared<const File>(open_object(path, object, status));
    if (!file->is_open()) {
      throw not_found("read", path, object);
    }
    open_files_.keep(path, file);
  }
  try {
    const std::uint64_t size = file->size();
    if (offset > size || out.size() > size - offset) {
      throw_corrupt(fmt::format("read {} bytes: the object has {}", out.size(), size),
                    std::string(object), offset);
    }
    file->read_at(offset, out);
  } catch (const Error& error) {
    throw Error(error.kind(), error.message(),
                {.block = {}, .file = std::string(object), .offset = error.place().offset});
  }
}

std::optional<Buffer> FilesystemBucket::get(std::stop_token stop, std::string_view object,
                                            std::uint64_t limit) {
  check_stop(stop, "read", object);
  const std::string path = path_of(object);
  struct stat status{};
  const File file = open_object(path, object, status);
  if (!file.is_open()) {
    return std::nullopt;
  }
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size > limit) {
    throw Error(ErrorKind::kInvalid,
                fmt::format("read: {} bytes are more than the limit of {}", size, limit),
                {.block = {}, .file = std::string(object), .offset = {}});
  }
  Buffer content(size);
  try {
    file.read_at(0, content);
  } catch (const Error& error) {
    throw Error(error.kind(), error.message(),
                {.block = {}, .file = std::string(object), .offset = error.place().offset});
  }
  return content;
}

ObjectInfo FilesystemBucket::put(std::stop_token stop, std::string_view object, Bytes content,
                                 const PutCondition& condition) {
  const auto writer = create(std::move(stop), object, condition);
  writer->append(content);
  return writer->commit();
}

std::unique_ptr<ObjectWriter> FilesystemBucket::create(std::stop_token stop,
                                                       std::string_view object,
                                                       const PutCondition& condition) {
  check_stop(stop, "write", object);
  (void)path_of(object);
  return std::make_unique<Writer>(*this, std::move(stop), std::string(object), condition);
}

void FilesystemBucket::remove(std::stop_token stop, std::string_view object) {
  check_stop(stop, "remove", object);
  const std::string path = path_of(object);
  {
    const PublishLock lock(fmt::format("{}/{}", root_, kLockFile), false);
    struct stat status{};
    if (::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) {
      throw not_found("remove", path, object);
    }
    open_files_.forget(path);
    if (::unlink(path.c_str()) != 0) {
      throw file_object_error(errno == ENOTDIR ? ENOENT : errno, "remove", path, object);
    }
  }
  prune_parents(object);
}

File FilesystemBucket::create_temporary() {
  static std::atomic<std::uint64_t> counter{std::random_device{}()};
  const std::string folder = fmt::format("{}/{}", root_, kTemporaryFolder);
  for (int attempt = 0;; ++attempt) {
    try {
      return File::create_new(fmt::format("{}/{}-{:x}", folder, ::getpid(), ++counter));
    } catch (const Error& error) {
      const bool again =
          error.kind() == ErrorKind::kNotFound || error.kind() == ErrorKind::kConflict;
      if (!again || attempt == kPublishAttempts) {
        throw;
      }
    }
    make_directories(folder, {});
  }
}

void FilesystemBucket::publish(const std::string& temporary, std::string_view object,
                               const PutCondition& condition) {
  const std::string path = path_of(object);
  open_files_.forget(path);
  for (int attempt = 0; !try_publish(temporary, object, condition); ++attempt) {
    const bool lost = ::access(temporary.c_str(), F_OK) != 0;
    if (lost || attempt == kPublishAttempts) {
      throw Error(ErrorKind::kTransient,
                  fmt::format("create {}: {} vanished", path, lost ? temporary : "its folder"),
                  {.block = {}, .file = std::string(object), .offset = {}});
    }
    make_directories(std::filesystem::path(path).parent_path().string(), object);
  }
  sync_if_there(std::filesystem::path(path).parent_path());
}

// False when the object's folder is missing.
bool FilesystemBucket::try_publish(const std::string& temporary, std::string_view object,
                                   const PutCondition& condition) {
  const std::string path = path_of(object);
  const PublishLock lock(fmt::format("{}/{}", root_, kLockFile), !condition.if_etag.empty());
  if (!condition.if_etag.empty()) {
    const std::optional<ObjectInfo> current = stat({}, object);
    if (!current || current->etag != condition.if_etag) {
      throw_conflict(object, current ? "the object has changed" : "the object is gone");
    }
  }
  if (!condition.create_only) {
    if (::rename(temporary.c_str(), path.c_str()) == 0) {
      return true;
    }
    if (errno != ENOENT) {
      throw file_object_error(errno, "create", path, object);
    }
    return false;
  }
  if (::link(temporary.c_str(), path.c_str()) == 0) {
    ::unlink(temporary.c_str());
    return true;
  }
  if (errno == EPERM || errno == EOPNOTSUPP || errno == EMLINK || errno == ENOSYS) {
    if (!move_without_replacing(temporary, path, object)) {
      throw_conflict(object, "the object exists");
    }
    return true;
  }
  if (errno == EEXIST) {
    throw_conflict(object, "the object exists");
  }
  if (errno != ENOENT) {
    throw file_object_error(errno, "create", path, object);
  }
  return false;
}

void FilesystemBucket::prune_parents(std::string_view object) {
  // A folder that is not empty, or not ours to remove, ends it.
  for (std::size_t end = object.rfind('/'); end != std::string_view::npos;
       end = object.rfind('/', end - 1)) {
    if (::rmdir(fmt::format("{}/{}", root_, object.substr(0, end)).c_str()) != 0 &&
        errno != ENOENT) {
      return;
    }
  }
}

void FilesystemBucket::remove_stale_temporaries(const Clock& clock) {
  // Best effort: a reader without the right to write may still read.
  const std::int64_t oldest =
      clock.now_s() - std::chrono::duration_cast<std::chrono::seconds>(kStaleAfter).count();
  std::error_code error;
  std::filesystem::directory_iterator entries(fmt::format("{}/{}", root_, kTemporaryFolder), error);
  for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
    const std::string path = entries->path().string();
    struct stat status{};
    if (::lstat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
        status.st_mtim.tv_sec < oldest) {
      ::unlink(path.c_str());
    }
  }
}

}  // namespace strata::objstore
