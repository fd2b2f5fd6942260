#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/ulid.h"
#include "block/listing.h"
#include "block/meta.h"
#include "objstore/bucket.h"
#include "tsdb/byte_source.h"

namespace strata::block {

enum class HashFunction { kNone, kSha256 };

// One object of a block, read in ranges. Errors name the block and the file.
class ObjectSource : public tsdb::ByteSource {
 public:
  ObjectSource(std::stop_token stop, objstore::Bucket& bucket, const Ulid& block, std::string file,
               std::uint64_t size);

  const std::string& name() const override { return file_; }
  std::uint64_t size() const override { return size_; }
  void read_at(std::uint64_t offset, MutableBytes out) const override;

 private:
  std::stop_token stop_;
  objstore::Bucket& bucket_;
  std::string block_;
  std::string file_;
  std::string object_;
  std::uint64_t size_;
};

// A block's objects, opened without a request: names and sizes come from a listing. The bucket
// outlives it; a stop of the token ends reads with a cancelled error.
class ObjectBlockSource : public tsdb::BlockSource {
 public:
  // Throws corrupt where the listing shows no index.
  ObjectBlockSource(std::stop_token stop, objstore::Bucket& bucket, const Ulid& block,
                    const BlockListing& files);
  // Lists the block's folder first.
  ObjectBlockSource(std::stop_token stop, objstore::Bucket& bucket, const Ulid& block);

  const std::string& name() const override { return name_; }
  const tsdb::ByteSource& index() const override { return *index_; }
  std::size_t segment_count() const override { return segments_.size(); }
  const tsdb::ByteSource& segment(std::size_t number) const override;
  const tsdb::ByteSource* tombstones() const override { return tombstones_.get(); }

 private:
  std::string name_;
  std::unique_ptr<ObjectSource> index_;
  std::vector<std::unique_ptr<ObjectSource>> segments_;
  std::unique_ptr<ObjectSource> tombstones_;
};

// Streams the files of a new block into the bucket, under its ULID. Remembers name, size and hash
// of each file that was committed, for publish_block(). The sinks must not outlive it.
class ObjectBlockSink : public tsdb::BlockSink {
 public:
  ObjectBlockSink(std::stop_token stop, objstore::Bucket& bucket, const Ulid& block,
                  HashFunction hash = HashFunction::kNone);
  ~ObjectBlockSink() override;

  std::unique_ptr<tsdb::ByteSink> create_index() override;
  std::unique_ptr<tsdb::ByteSink> create_segment(std::uint32_t number) override;

  const Ulid& block() const { return block_; }
  // Committed so far, sorted by path.
  std::vector<MetaFile> files() const;

 private:
  class Sink;
  std::unique_ptr<tsdb::ByteSink> create(std::string file);
  void record(MetaFile file);

  std::stop_token stop_;
  objstore::Bucket& bucket_;
  Ulid block_;
  HashFunction hash_;
  mutable Mutex mutex_;
  std::vector<MetaFile> files_ GUARDED_BY(mutex_);
};

}  // namespace strata::block
