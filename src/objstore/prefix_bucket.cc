#include "objstore/prefix_bucket.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "base/error.h"
#include "objstore/object_name.h"

namespace strata::objstore {

std::string_view trim_slashes(std::string_view prefix) {
  const std::size_t first = prefix.find_first_not_of('/');
  if (first == std::string_view::npos) {
    return {};
  }
  return prefix.substr(first, prefix.find_last_not_of('/') - first + 1);
}

class PrefixBucket::Writer final : public ObjectWriter {
 public:
  Writer(std::unique_ptr<ObjectWriter> inner, const PrefixBucket& bucket)
      : inner_(std::move(inner)), bucket_(bucket) {}

  void append(Bytes bytes) override { inner_->append(bytes); }
  std::uint64_t size() const override { return inner_->size(); }
  ObjectInfo commit() override { return bucket_.shown(inner_->commit()); }

 private:
  std::unique_ptr<ObjectWriter> inner_;
  const PrefixBucket& bucket_;
};

PrefixBucket::PrefixBucket(std::unique_ptr<Bucket> inner, std::string_view prefix)
    : inner_(std::move(inner)), prefix_(fmt::format("{}/", trim_slashes(prefix))) {
  try {
    check_prefix(prefix_);
  } catch (const Error& error) {
    throw error.while_doing(fmt::format("prefix \"{}\" of the bucket", prefix));
  }
}

// The inner bucket would take a name that the prefix has made whole.
std::string PrefixBucket::full(std::string_view object) const {
  check_object_name(object);
  return fmt::format("{}{}", prefix_, object);
}

ObjectInfo PrefixBucket::shown(ObjectInfo info) const {
  info.name.erase(0, prefix_.size());
  return info;
}

void PrefixBucket::list(std::stop_token stop, std::string_view prefix, Listing listing,
                        const PageVisitor& visit) {
  check_prefix(prefix);
  inner_->list(std::move(stop), fmt::format("{}{}", prefix_, prefix), listing,
               [&](std::span<const ObjectInfo> page) {
                 std::vector<ObjectInfo> copy(page.begin(), page.end());
                 for (ObjectInfo& info : copy) {
                   info.name.erase(0, prefix_.size());
                 }
                 return visit(copy);
               });
}

std::optional<ObjectInfo> PrefixBucket::stat(std::stop_token stop, std::string_view object) {
  std::optional<ObjectInfo> info = inner_->stat(std::move(stop), full(object));
  return info ? std::optional(shown(*std::move(info))) : std::nullopt;
}

void PrefixBucket::get_range(std::stop_token stop, std::string_view object, std::uint64_t offset,
                             MutableBytes out) {
  inner_->get_range(std::move(stop), full(object), offset, out);
}

std::optional<Buffer> PrefixBucket::get(std::stop_token stop, std::string_view object,
                                        std::uint64_t limit) {
  return inner_->get(std::move(stop), full(object), limit);
}

ObjectInfo PrefixBucket::put(std::stop_token stop, std::string_view object, Bytes content,
                             const PutCondition& condition) {
  return shown(inner_->put(std::move(stop), full(object), content, condition));
}

std::unique_ptr<ObjectWriter> PrefixBucket::create(std::stop_token stop, std::string_view object,
                                                   const PutCondition& condition) {
  return std::make_unique<Writer>(inner_->create(std::move(stop), full(object), condition), *this);
}

void PrefixBucket::remove(std::stop_token stop, std::string_view object) {
  inner_->remove(std::move(stop), full(object));
}

}  // namespace strata::objstore
