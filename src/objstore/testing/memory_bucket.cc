#include "objstore/testing/memory_bucket.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "base/error.h"
#include "objstore/object_name.h"

namespace strata::objstore::testing {
namespace {

constexpr std::size_t kPageSize = 1000;

void check_call(const std::stop_token& stop, std::string_view object) {
  check_object_name(object);
  if (stop.stop_requested()) {
    throw Error(ErrorKind::kCancelled, "stopped",
                {.block = {}, .file = std::string(object), .offset = {}});
  }
}

Error object_error(ErrorKind kind, std::string message, std::string_view object) {
  return {kind, std::move(message), {.block = {}, .file = std::string(object), .offset = {}}};
}

}  // namespace

MemoryBucket::MemoryBucket(const Clock& clock, std::string name)
    : clock_(clock), name_(std::move(name)) {}

ObjectInfo MemoryBucket::info(const std::string& name, const Object& object) {
  return {.name = name,
          .size = object.content->size(),
          .modified = object.modified,
          .etag = std::to_string(object.version)};
}

// The entries behind `after`; a folder shows as one entry.
std::vector<ObjectInfo> MemoryBucket::next_page(std::string_view prefix, Listing listing,
                                                const std::string& after) const {
  std::vector<ObjectInfo> page;
  const MutexLock lock(mutex_);
  auto at = std::max(after, std::string(prefix)) == after ? objects_.upper_bound(after)
                                                          : objects_.lower_bound(prefix);
  for (; at != objects_.end() && page.size() < kPageSize && at->first.starts_with(prefix); ++at) {
    if (!after.empty() && after.ends_with('/') && at->first.starts_with(after)) {
      continue;
    }
    const std::size_t slash = at->first.find('/', prefix.size());
    if (listing == Listing::kRecursive || slash == std::string::npos) {
      page.push_back(info(at->first, at->second));
      continue;
    }
    const std::string folder = at->first.substr(0, slash + 1);
    if (page.empty() || page.back().name != folder) {
      page.push_back({.name = folder, .size = 0, .modified = {}, .etag = {}});
    }
  }
  return page;
}

void MemoryBucket::list(std::stop_token stop, std::string_view prefix, Listing listing,
                        const PageVisitor& visit) {
  check_prefix(prefix);
  std::string after;
  while (true) {
    if (stop.stop_requested()) {
      throw Error(ErrorKind::kCancelled, fmt::format("list {}: stopped", prefix));
    }
    const std::vector<ObjectInfo> page = next_page(prefix, listing, after);
    if (page.empty() || !visit(page)) {
      return;
    }
    after = page.back().name;
  }
}

std::shared_ptr<const Buffer> MemoryBucket::find(std::string_view object) const {
  const MutexLock lock(mutex_);
  const auto found = objects_.find(object);
  return found == objects_.end() ? nullptr : found->second.content;
}

std::optional<ObjectInfo> MemoryBucket::stat(std::stop_token stop, std::string_view object) {
  check_call(stop, object);
  const MutexLock lock(mutex_);
  const auto found = objects_.find(object);
  return found == objects_.end() ? std::nullopt : std::optional(info(found->first, found->second));
}

void MemoryBucket::get_range(std::stop_token stop, std::string_view object, std::uint64_t offset,
                             MutableBytes out) {
  check_call(stop, object);
  const std::shared_ptr<const Buffer> content = find(object);
  if (!content) {
    throw object_error(ErrorKind::kNotFound, "read: no such object", object);
  }
  if (offset > content->size() || out.size() > content->size() - offset) {
    throw_corrupt(fmt::format("read {} bytes: the object has {}", out.size(), content->size()),
                  std::string(object), offset);
  }
  std::copy_n(content->begin() + static_cast<std::ptrdiff_t>(offset), out.size(), out.begin());
}

std::optional<Buffer> MemoryBucket::get(std::stop_token stop, std::string_view object,
                                        std::uint64_t limit) {
  check_call(stop, object);
  const std::shared_ptr<const Buffer> content = find(object);
  if (!content) {
    return std::nullopt;
  }
  if (content->size() > limit) {
    throw object_error(
        ErrorKind::kInvalid,
        fmt::format("read: {} bytes are more than the limit of {}", content->size(), limit),
        object);
  }
  return *content;
}

ObjectInfo MemoryBucket::store(std::string_view object, Buffer content,
                               const PutCondition& condition) {
  const MutexLock lock(mutex_);
  const auto found = objects_.find(object);
  if (condition.create_only && found != objects_.end()) {
    throw object_error(ErrorKind::kConflict, "put: the object exists", object);
  }
  if (!condition.if_etag.empty() &&
      (found == objects_.end() || std::to_string(found->second.version) != condition.if_etag)) {
    throw object_error(ErrorKind::kConflict, "put: the object has changed", object);
  }
  Object& stored = objects_[std::string(object)];
  stored = {.content = std::make_shared<const Buffer>(std::move(content)),
            .modified = clock_.now_ms(),
            .version = ++last_version_};
  return info(std::string(object), stored);
}

ObjectInfo MemoryBucket::put(std::stop_token stop, std::string_view object, Bytes content,
                             const PutCondition& condition) {
  check_call(stop, object);
  Buffer copy(content.size());
  std::ranges::copy(content, copy.begin());
  return store(object, std::move(copy), condition);
}

class MemoryBucket::Writer final : public ObjectWriter {
 public:
  Writer(MemoryBucket& bucket, std::stop_token stop, std::string object,
         const PutCondition& condition)
      : bucket_(bucket),
        stop_(std::move(stop)),
        object_(std::move(object)),
        condition_(condition) {}

  void append(Bytes bytes) override {
    check_open();
    // Not insert(): without optimisation it moves byte by byte.
    if (!bytes.empty()) {
      content_.resize(size_ + bytes.size());
      std::memcpy(content_.data() + size_, bytes.data(), bytes.size());
      size_ += bytes.size();
    }
  }
  std::uint64_t size() const override { return size_; }
  ObjectInfo commit() override {
    check_open();
    closed_ = true;
    return bucket_.store(object_, std::move(content_), condition_);
  }

 private:
  void check_open() const {
    check_call(stop_, object_);
    if (closed_) {
      throw object_error(ErrorKind::kInvalid, "write: already committed", object_);
    }
  }

  MemoryBucket& bucket_;
  std::stop_token stop_;
  std::string object_;
  PutCondition condition_;
  Buffer content_;
  std::uint64_t size_ = 0;
  bool closed_ = false;
};

std::unique_ptr<ObjectWriter> MemoryBucket::create(std::stop_token stop, std::string_view object,
                                                   const PutCondition& condition) {
  check_call(stop, object);
  return std::make_unique<Writer>(*this, std::move(stop), std::string(object), condition);
}

void MemoryBucket::remove(std::stop_token stop, std::string_view object) {
  check_call(stop, object);
  const MutexLock lock(mutex_);
  const auto found = objects_.find(object);
  if (found == objects_.end()) {
    throw object_error(ErrorKind::kNotFound, "remove: no such object", object);
  }
  objects_.erase(found);
}

}  // namespace strata::objstore::testing
