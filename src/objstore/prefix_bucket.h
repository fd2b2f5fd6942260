#pragma once

#include <memory>
#include <string>

#include "objstore/bucket.h"

namespace strata::objstore {

// Shows the objects below `prefix/` of `inner` under the rest of their names. Its own name is the
// inner one's, without the prefix. Thread-safe.
class PrefixBucket final : public Bucket {
 public:
  // Slashes at both ends of `prefix` are dropped; nothing else left is an invalid error.
  PrefixBucket(std::unique_ptr<Bucket> inner, std::string_view prefix);

  const std::string& name() const override { return inner_->name(); }
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

  std::string full(std::string_view object) const;
  ObjectInfo shown(ObjectInfo info) const;

  std::unique_ptr<Bucket> inner_;
  std::string prefix_;  // ends in '/'
};

// Without the slashes at both ends; empty when nothing is left.
std::string_view trim_slashes(std::string_view prefix);

}  // namespace strata::objstore
