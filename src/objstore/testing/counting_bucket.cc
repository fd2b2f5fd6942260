#include "objstore/testing/counting_bucket.h"

#include <algorithm>
#include <utility>

namespace strata::objstore::testing {

std::vector<Call> CountingBucket::calls() const {
  const MutexLock lock(mutex_);
  return calls_;
}

std::size_t CountingBucket::count(CallKind kind) const {
  const MutexLock lock(mutex_);
  return static_cast<std::size_t>(std::ranges::count(calls_, kind, &Call::kind));
}

std::size_t CountingBucket::count(CallKind kind, std::string_view object) const {
  const MutexLock lock(mutex_);
  return static_cast<std::size_t>(std::ranges::count_if(
      calls_, [&](const Call& call) { return call.kind == kind && call.object == object; }));
}

std::uint64_t CountingBucket::bytes(CallKind kind) const {
  const MutexLock lock(mutex_);
  std::uint64_t sum = 0;
  for (const Call& call : calls_) {
    sum += call.kind == kind ? call.bytes : 0;
  }
  return sum;
}

void CountingBucket::reset() {
  const MutexLock lock(mutex_);
  calls_.clear();
}

void CountingBucket::record(CallKind kind, std::string_view object, std::uint64_t bytes) {
  const MutexLock lock(mutex_);
  calls_.push_back(
      {.kind = kind, .object = std::string(object), .bytes = bytes, .number = calls_.size()});
}

class CountingBucket::Writer final : public ObjectWriter {
 public:
  Writer(CountingBucket& bucket, std::unique_ptr<ObjectWriter> inner, std::string object)
      : bucket_(bucket), inner_(std::move(inner)), object_(std::move(object)) {}

  void append(Bytes bytes) override {
    bucket_.record(CallKind::kAppend, object_, bytes.size());
    inner_->append(bytes);
  }
  std::uint64_t size() const override { return inner_->size(); }
  ObjectInfo commit() override {
    bucket_.record(CallKind::kCommit, object_, inner_->size());
    return inner_->commit();
  }

 private:
  CountingBucket& bucket_;
  std::unique_ptr<ObjectWriter> inner_;
  std::string object_;
};

void CountingBucket::list(std::stop_token stop, std::string_view prefix, Listing listing,
                          const PageVisitor& visit) {
  record(CallKind::kList, prefix, 0);
  inner_.list(std::move(stop), prefix, listing, visit);
}

std::optional<ObjectInfo> CountingBucket::stat(std::stop_token stop, std::string_view object) {
  record(CallKind::kStat, object, 0);
  return inner_.stat(std::move(stop), object);
}

void CountingBucket::get_range(std::stop_token stop, std::string_view object, std::uint64_t offset,
                               MutableBytes out) {
  record(CallKind::kGetRange, object, out.size());
  inner_.get_range(std::move(stop), object, offset, out);
}

std::optional<Buffer> CountingBucket::get(std::stop_token stop, std::string_view object,
                                          std::uint64_t limit) {
  try {
    std::optional<Buffer> content = inner_.get(std::move(stop), object, limit);
    record(CallKind::kGet, object, content ? content->size() : 0);
    return content;
  } catch (...) {
    record(CallKind::kGet, object, 0);
    throw;
  }
}

ObjectInfo CountingBucket::put(std::stop_token stop, std::string_view object, Bytes content,
                               const PutCondition& condition) {
  record(CallKind::kPut, object, content.size());
  return inner_.put(std::move(stop), object, content, condition);
}

std::unique_ptr<ObjectWriter> CountingBucket::create(std::stop_token stop, std::string_view object,
                                                     const PutCondition& condition) {
  record(CallKind::kCreate, object, 0);
  return std::make_unique<Writer>(*this, inner_.create(std::move(stop), object, condition),
                                  std::string(object));
}

void CountingBucket::remove(std::stop_token stop, std::string_view object) {
  record(CallKind::kRemove, object, 0);
  inner_.remove(std::move(stop), object);
}

}  // namespace strata::objstore::testing
