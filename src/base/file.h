#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/bytes.h"

namespace strata {

// An open file descriptor. Every failure is an Error that names the path.
class File {
 public:
  File() = default;
  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File();

  static File open_read(const std::filesystem::path& path);
  // Fails with a conflict if the path exists.
  static File create_new(const std::filesystem::path& path);
  // A file of `directory` without a name: the space is given back whenever the process ends.
  static File create_unnamed(const std::filesystem::path& directory);

  // A new file beside `beside`, named after it with a random ending.
  static File create_temporary(const std::filesystem::path& beside);

  bool is_open() const { return fd_ >= 0; }
  int fd() const { return fd_; }
  const std::string& path() const { return path_; }

  std::uint64_t size() const;
  // Fills `out` from `offset`; fewer bytes in the file are a corrupt error.
  void read_at(std::uint64_t offset, MutableBytes out) const;
  // Appends at the current position.
  void write(Bytes bytes);
  void write_at(std::uint64_t offset, Bytes bytes);
  void sync();
  // Asks the kernel to start writing this range back, so that sync() finds little left to do.
  void start_writeback(std::uint64_t offset, std::uint64_t length);
  // Waits until this range is written back, and takes it out of the page cache: a large file that
  // is not read soon would push out what is. Both are hints, for file systems that know them.
  void drop_cached(std::uint64_t offset, std::uint64_t length);
  void close();

 private:
  File(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}

  int fd_ = -1;
  std::string path_;
};

void sync_directory(const std::filesystem::path& directory);

// The whole of a small file; more than `limit` bytes is an invalid error.
std::string read_file(const std::filesystem::path& path, std::uint64_t limit);

// Temporary file, fsync, rename, fsync of the directory: the path holds the old or the new content,
// never a part.
void write_file_atomically(const std::filesystem::path& path, Bytes content);

}  // namespace strata
