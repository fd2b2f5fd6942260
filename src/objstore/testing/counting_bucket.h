#pragma once

#include <string>
#include <vector>

#include "base/mutex.h"
#include "objstore/bucket.h"
#include "objstore/testing/observed_call.h"

namespace strata::objstore::testing {

// Records every call of `inner`, of writers too, whether it succeeds or not. `inner` must outlive
// it. Thread-safe.
class CountingBucket final : public Bucket {
 public:
  explicit CountingBucket(Bucket& inner) : inner_(inner) {}

  std::vector<Call> calls() const;
  std::size_t count(CallKind kind) const;
  std::size_t count(CallKind kind, std::string_view object) const;
  std::uint64_t bytes(CallKind kind) const;
  void reset();

  const std::string& name() const override { return inner_.name(); }
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

  void record(CallKind kind, std::string_view object, std::uint64_t bytes);

  Bucket& inner_;
  mutable Mutex mutex_;
  std::vector<Call> calls_ GUARDED_BY(mutex_);
};

}  // namespace strata::objstore::testing
