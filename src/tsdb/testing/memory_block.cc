#include "tsdb/testing/memory_block.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "base/error.h"
#include "tsdb/file_block.h"

namespace strata::tsdb::testing {
namespace {

class MemorySink : public ByteSink {
 public:
  MemorySink(BlockFiles& files, std::string path) : files_(files), path_(std::move(path)) {}

  void append(Bytes bytes) override { strata::append(bytes_, bytes); }
  std::uint64_t size() const override { return bytes_.size(); }
  void commit() override { files_[path_] = std::move(bytes_); }

 private:
  BlockFiles& files_;
  std::string path_;
  Buffer bytes_;
};

Buffer load(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  const Bytes bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

}  // namespace

void MemorySource::read_at(std::uint64_t offset, MutableBytes out) const {
  if (offset > bytes_.size() || out.size() > bytes_.size() - offset) {
    throw_corrupt("read beyond the end", name_, offset);
  }
  std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), out.size(), out.begin());
}

BlockFiles load_block_files(const std::string& directory) {
  BlockFiles files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file()) {
      files[std::filesystem::relative(entry.path(), directory).string()] = load(entry.path());
    }
  }
  return files;
}

MemoryBlockSource::MemoryBlockSource(std::string name, const BlockFiles& files)
    : name_(std::move(name)) {
  for (const auto& [path, bytes] : files) {
    if (path == "index") {
      index_ = std::make_unique<MemorySource>(path, bytes);
    } else if (path == "tombstones") {
      tombstones_ = std::make_unique<MemorySource>(path, bytes);
    } else if (path.starts_with("chunks/")) {
      segments_.push_back(std::make_unique<MemorySource>(path, bytes));
    }
  }
}

std::unique_ptr<ByteSink> MemoryBlockSink::create(std::string path) {
  return std::make_unique<MemorySink>(files, std::move(path));
}

std::unique_ptr<ByteSink> MemoryBlockSink::create_segment(std::uint32_t number) {
  return create(segment_path(number));
}

}  // namespace strata::tsdb::testing
