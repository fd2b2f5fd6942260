#include "tsdb/file_block.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "base/error.h"

namespace strata::tsdb {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kWriteBuffer = 256 << 10;
// What is as large goes to the file as it is, not through the buffer.
constexpr std::size_t kDirectWrite = 64 << 10;
constexpr std::uint64_t kWriteback = 8 << 20;

bool is_decimal(const std::string& name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string segment_path(std::uint32_t number) {
  return fmt::format("chunks/{:06}", number);
}

FileSource::FileSource(const fs::path& path, std::string name)
    : file_(File::open_read(path)), name_(std::move(name)), size_(file_.size()) {
  // Windows are large and mostly forwards: a wider kernel read-ahead costs nothing and saves waits.
  (void)::posix_fadvise(file_.fd(), 0, 0, POSIX_FADV_SEQUENTIAL);
}

void FileSource::read_at(std::uint64_t offset, MutableBytes out) const {
  if (offset > size_ || out.size() > size_ - offset) {
    throw_corrupt(fmt::format("{} bytes wanted, the file has {}", out.size(), size_), name_,
                  offset);
  }
  file_.read_at(offset, out);
}

FileSink::FileSink(const fs::path& path) : file_(File::create_new(path)) {
  buffer_.reserve(kWriteBuffer);
}

FileSink::~FileSink() {
  if (!committed_ && file_.is_open()) {
    std::error_code ignored;
    fs::remove(file_.path(), ignored);
  }
}

void FileSink::flush() {
  file_.write(buffer_);
  buffer_.clear();
}

void FileSink::append(Bytes bytes) {
  if (buffer_.size() + bytes.size() > kWriteBuffer || bytes.size() >= kDirectWrite) {
    flush();
  }
  if (bytes.size() >= kDirectWrite) {
    file_.write(bytes);
  } else {
    strata::append(buffer_, bytes);
  }
  size_ += bytes.size();
  const std::uint64_t on_file = size_ - buffer_.size();
  if (on_file - written_back_ >= kWriteback) {
    file_.start_writeback(written_back_, on_file - written_back_);
    written_back_ = on_file;
  }
}

void FileSink::commit() {
  flush();
  file_.sync();
  file_.close();
  committed_ = true;
}

FileBlockSource::FileBlockSource(const fs::path& directory)
    : name_(directory.has_filename() ? directory.filename().string()
                                     : directory.parent_path().filename().string()) {
  index_ = std::make_unique<FileSource>(directory / "index", "index");
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(directory / "chunks", error), end; !error && it != end;
       it.increment(error)) {
    if (is_decimal(it->path().filename().string())) {
      names.push_back(it->path().filename().string());
    }
  }
  if (error) {
    throw errno_error(error.value(), "list", (directory / "chunks").string());
  }
  std::ranges::sort(names);
  for (const auto& name : names) {
    segments_.push_back(
        std::make_unique<FileSource>(directory / "chunks" / name, "chunks/" + name));
  }
  if (fs::exists(directory / "tombstones", error)) {
    tombstones_ = std::make_unique<FileSource>(directory / "tombstones", "tombstones");
  }
}

FileBlockSink::FileBlockSink(const fs::path& parent, const std::string& name)
    : directory_(parent / (name + ".tmp-for-creation")), final_(parent / name) {
  std::error_code error;
  fs::create_directories(directory_ / "chunks", error);
  if (error) {
    throw errno_error(error.value(), "create", (directory_ / "chunks").string());
  }
}

FileBlockSink::~FileBlockSink() {
  if (!published_) {
    std::error_code ignored;
    fs::remove_all(directory_, ignored);
  }
}

std::unique_ptr<ByteSink> FileBlockSink::create_index() {
  return std::make_unique<FileSink>(directory_ / "index");
}

std::unique_ptr<ByteSink> FileBlockSink::create_segment(std::uint32_t number) {
  return std::make_unique<FileSink>(directory_ / segment_path(number));
}

void FileBlockSink::write_file(const std::string& rel_path, std::string_view content) {
  write_file_atomically(directory_ / rel_path, as_bytes(content));
}

void FileBlockSink::publish() {
  sync_directory(directory_ / "chunks");
  sync_directory(directory_);
  std::error_code error;
  fs::rename(directory_, final_, error);
  if (error) {
    throw errno_error(error.value(), "rename", directory_.string());
  }
  sync_directory(final_.parent_path().empty() ? "." : final_.parent_path());
  published_ = true;
}

}  // namespace strata::tsdb
