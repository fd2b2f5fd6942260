#include "block/object_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "block/digest.h"
#include "block/object_name.h"

namespace strata::block {
namespace {

// The bucket names objects; who reads a block wants to know block and file.
Error placed(const Error& error, const std::string& block, const std::string& file,
             std::optional<std::uint64_t> offset) {
  return {error.kind(), error.message(), {.block = block, .file = file, .offset = offset}};
}

}  // namespace

ObjectSource::ObjectSource(std::stop_token stop, objstore::Bucket& bucket, const Ulid& block,
                           std::string file, std::uint64_t size)
    : stop_(std::move(stop)),
      bucket_(bucket),
      block_(block.to_string()),
      file_(std::move(file)),
      object_(object_name(block, file_)),
      size_(size) {}

void ObjectSource::read_at(std::uint64_t offset, MutableBytes out) const {
  if (offset > size_ || out.size() > size_ - offset) {
    throw Error(ErrorKind::kCorrupt,
                fmt::format("{} bytes wanted from a file of {}", out.size(), size_),
                {.block = block_, .file = file_, .offset = offset});
  }
  if (out.empty()) {
    return;
  }
  try {
    bucket_.get_range(stop_, object_, offset, out);
  } catch (const Error& error) {
    throw placed(error, block_, file_, offset);
  }
}

ObjectBlockSource::ObjectBlockSource(std::stop_token stop, objstore::Bucket& bucket,
                                     const Ulid& block, const BlockListing& files)
    : name_(block.to_string()) {
  if (!files.index_size) {
    throw Error(ErrorKind::kCorrupt, "the block has no such file",
                {.block = name_, .file = "index", .offset = {}});
  }
  index_ = std::make_unique<ObjectSource>(stop, bucket, block, "index", *files.index_size);
  for (const SegmentFile& segment : files.segments) {
    segments_.push_back(std::make_unique<ObjectSource>(stop, bucket, block,
                                                       "chunks/" + segment.name, segment.size));
  }
  if (files.tombstones_size) {
    tombstones_ =
        std::make_unique<ObjectSource>(stop, bucket, block, "tombstones", *files.tombstones_size);
  }
}

ObjectBlockSource::ObjectBlockSource(std::stop_token stop, objstore::Bucket& bucket,
                                     const Ulid& block)
    : ObjectBlockSource(stop, bucket, block, list_block(stop, bucket, block)) {}

const tsdb::ByteSource& ObjectBlockSource::segment(std::size_t number) const {
  if (number >= segments_.size()) {
    throw Error(ErrorKind::kCorrupt,
                fmt::format("segment {} wanted of {}", number + 1, segments_.size()),
                {.block = name_, .file = "chunks", .offset = {}});
  }
  return *segments_[number];
}

class ObjectBlockSink::Sink : public tsdb::ByteSink {
 public:
  Sink(ObjectBlockSink& owner, std::string file)
      : owner_(owner), file_(std::move(file)), block_(owner.block_.to_string()) {
    guarded([&] {
      writer_ = owner_.bucket_.create(owner_.stop_, object_name(owner_.block_, file_),
                                      {.create_only = true, .if_etag = {}});
    });
    if (owner_.hash_ == HashFunction::kSha256) {
      hash_.emplace();
    }
  }

  void append(Bytes bytes) override {
    guarded([&] { writer_->append(bytes); });
    if (hash_) {
      hash_->update(bytes);
    }
  }
  std::uint64_t size() const override { return writer_->size(); }
  void commit() override {
    MetaFile file{
        .rel_path = file_, .size_bytes = writer_->size(), .hash_function = {}, .hash_value = {}};
    guarded([&] { writer_->commit(); });
    if (hash_) {
      file.hash_function = "SHA256";
      file.hash_value = hash_->finish_hex();
    }
    owner_.record(std::move(file));
  }

 private:
  template <class Action>
  void guarded(Action action) {
    try {
      action();
    } catch (const Error& error) {
      throw placed(error, block_, file_, std::nullopt);
    }
  }

  ObjectBlockSink& owner_;
  std::string file_;
  std::string block_;
  std::unique_ptr<objstore::ObjectWriter> writer_;
  std::optional<Sha256> hash_;
};

ObjectBlockSink::ObjectBlockSink(std::stop_token stop, objstore::Bucket& bucket, const Ulid& block,
                                 HashFunction hash)
    : stop_(std::move(stop)), bucket_(bucket), block_(block), hash_(hash) {}

ObjectBlockSink::~ObjectBlockSink() = default;

std::unique_ptr<tsdb::ByteSink> ObjectBlockSink::create(std::string file) {
  return std::make_unique<Sink>(*this, std::move(file));
}

std::unique_ptr<tsdb::ByteSink> ObjectBlockSink::create_index() {
  return create("index");
}

std::unique_ptr<tsdb::ByteSink> ObjectBlockSink::create_segment(std::uint32_t number) {
  return create(fmt::format("chunks/{:06}", number));
}

void ObjectBlockSink::record(MetaFile file) {
  MutexLock lock(mutex_);
  files_.push_back(std::move(file));
}

std::vector<MetaFile> ObjectBlockSink::files() const {
  MutexLock lock(mutex_);
  std::vector<MetaFile> files = files_;
  std::ranges::sort(files, {}, &MetaFile::rel_path);
  return files;
}

}  // namespace strata::block
