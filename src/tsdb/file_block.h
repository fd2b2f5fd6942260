#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "tsdb/byte_source.h"

namespace strata::tsdb {

// A local file, read with pread: not mapped, since mapped pages count as memory and a file that is
// cut short while mapped ends the process.
class FileSource : public ByteSource {
 public:
  FileSource(const std::filesystem::path& path, std::string name);

  const std::string& name() const override { return name_; }
  std::uint64_t size() const override { return size_; }
  void read_at(std::uint64_t offset, MutableBytes out) const override;

 private:
  File file_;
  std::string name_;
  std::uint64_t size_;
};

// A new local file behind one write buffer; what is written goes to the disk as it comes, so that
// commit() waits for little.
class FileSink : public ByteSink {
 public:
  explicit FileSink(const std::filesystem::path& path);
  ~FileSink() override;

  void append(Bytes bytes) override;
  std::uint64_t size() const override { return size_; }
  void commit() override;

 private:
  void flush();

  File file_;
  Buffer buffer_;
  std::uint64_t size_ = 0;
  std::uint64_t written_back_ = 0;
  bool committed_ = false;
};

// A block in a local directory.
class FileBlockSource : public BlockSource {
 public:
  // Opens the index, the segments (every name in chunks/ that is a decimal number, in name order)
  // and, where there is one, the tombstones file.
  explicit FileBlockSource(const std::filesystem::path& directory);

  const std::string& name() const override { return name_; }
  const ByteSource& index() const override { return *index_; }
  std::size_t segment_count() const override { return segments_.size(); }
  const ByteSource& segment(std::size_t number) const override { return *segments_[number]; }
  const ByteSource* tombstones() const override { return tombstones_.get(); }

 private:
  std::string name_;
  std::unique_ptr<FileSource> index_;
  std::vector<std::unique_ptr<FileSource>> segments_;
  std::unique_ptr<FileSource> tombstones_;
};

// Builds a block in `<parent>/<name>.tmp-for-creation`, which publish() renames to
// `<parent>/<name>`. Destroyed before, it removes the directory.
class FileBlockSink : public BlockSink {
 public:
  FileBlockSink(const std::filesystem::path& parent, const std::string& name);
  ~FileBlockSink() override;

  std::unique_ptr<ByteSink> create_index() override;
  std::unique_ptr<ByteSink> create_segment(std::uint32_t number) override;
  // Writes one more small file, e.g. meta.json, durably.
  void write_file(const std::string& rel_path, std::string_view content);
  void publish();

 private:
  std::filesystem::path directory_;
  std::filesystem::path final_;
  bool published_ = false;
};

// chunks/000001
std::string segment_path(std::uint32_t number);

}  // namespace strata::tsdb
