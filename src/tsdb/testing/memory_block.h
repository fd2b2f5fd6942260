#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tsdb/byte_source.h"

namespace strata::tsdb::testing {

// Bytes in memory as a file.
class MemorySource : public ByteSource {
 public:
  MemorySource(std::string name, Buffer bytes) : name_(std::move(name)), bytes_(std::move(bytes)) {}

  const std::string& name() const override { return name_; }
  std::uint64_t size() const override { return bytes_.size(); }
  void read_at(std::uint64_t offset, MutableBytes out) const override;

 private:
  std::string name_;
  Buffer bytes_;
};

// The files of a block by relative path: "index", "chunks/000001", "tombstones".
using BlockFiles = std::map<std::string, Buffer>;

BlockFiles load_block_files(const std::string& directory);

class MemoryBlockSource : public BlockSource {
 public:
  MemoryBlockSource(std::string name, const BlockFiles& files);

  const std::string& name() const override { return name_; }
  const ByteSource& index() const override { return *index_; }
  std::size_t segment_count() const override { return segments_.size(); }
  const ByteSource& segment(std::size_t number) const override { return *segments_[number]; }
  const ByteSource* tombstones() const override { return tombstones_.get(); }

 private:
  std::string name_;
  std::unique_ptr<MemorySource> index_;
  std::vector<std::unique_ptr<MemorySource>> segments_;
  std::unique_ptr<MemorySource> tombstones_;
};

// Keeps what was committed.
class MemoryBlockSink : public BlockSink {
 public:
  std::unique_ptr<ByteSink> create_index() override { return create("index"); }
  std::unique_ptr<ByteSink> create_segment(std::uint32_t number) override;

  BlockFiles files;

 private:
  std::unique_ptr<ByteSink> create(std::string path);
};

}  // namespace strata::tsdb::testing
