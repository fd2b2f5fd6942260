#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/mutex.h"
#include "base/time.h"
#include "objstore/bucket.h"

namespace strata::objstore::testing {

// A bucket for tests: strongly consistent, modification times from the clock. Thread-safe.
class MemoryBucket final : public Bucket {
 public:
  explicit MemoryBucket(const Clock& clock, std::string name = "memory");

  const std::string& name() const override { return name_; }
  void list(std::stop_token stop, std::string_view prefix, Listing listing,
            const PageVisitor& visit) override;
  std::optional<ObjectInfo> stat(std::stop_token stop, std::string_view object) override;
  void get_range(std::stop_token stop, std::string_view object, std::uint64_t offset,
                 MutableBytes out) override;
  std::optional<Buffer> get(std::stop_token stop, std::string_view object,
                            std::uint64_t limit) override;
  ObjectInfo put(std::stop_token stop, std::string_view object, Bytes content,
                 const PutCondition& condition) override;
  std::unique_ptr<ObjectWriter> create(std::stop_token stop, std::string_view object,
                                       const PutCondition& condition) override;
  void remove(std::stop_token stop, std::string_view object) override;

 private:
  class Writer;
  struct Object {
    std::shared_ptr<const Buffer> content;
    Timestamp modified = 0;
    std::uint64_t version = 0;
  };

  std::shared_ptr<const Buffer> find(std::string_view object) const;
  ObjectInfo store(std::string_view object, Buffer content, const PutCondition& condition);
  std::vector<ObjectInfo> next_page(std::string_view prefix, Listing listing,
                                    const std::string& after) const;
  static ObjectInfo info(const std::string& name, const Object& object);

  const Clock& clock_;
  const std::string name_;
  mutable Mutex mutex_;
  std::map<std::string, Object, std::less<>> objects_ GUARDED_BY(mutex_);
  std::uint64_t last_version_ GUARDED_BY(mutex_) = 0;
};

}  // namespace strata::objstore::testing
