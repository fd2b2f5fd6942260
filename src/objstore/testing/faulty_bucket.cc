#include "objstore/testing/faulty_bucket.h"

#include <fmt/format.h>

#include <utility>

namespace strata::objstore::testing {

std::string_view to_string(CallKind kind) {
  switch (kind) {
    case CallKind::kList:
      return "list";
    case CallKind::kStat:
      return "stat";
    case CallKind::kGetRange:
      return "get_range";
    case CallKind::kGet:
      return "get";
    case CallKind::kPut:
      return "put";
    case CallKind::kCreate:
      return "create";
    case CallKind::kAppend:
      return "append";
    case CallKind::kCommit:
      return "commit";
    case CallKind::kRemove:
      return "remove";
  }
  return "unknown";
}

FaultyBucket::Decide at_call(std::uint64_t n, Fault fault) {
  return [n, fault](const Call& call) { return call.number == n ? fault : Fault::kNone; };
}

FaultyBucket::FaultyBucket(Bucket& inner, Decide decide, ErrorKind error)
    : inner_(inner), decide_(std::move(decide)), error_(error) {}

FaultyBucket::~FaultyBucket() = default;

std::uint64_t FaultyBucket::calls() const {
  const MutexLock lock(mutex_);
  return calls_;
}

bool FaultyBucket::is_dead() const {
  const MutexLock lock(mutex_);
  return dead_;
}

void FaultyBucket::fail(std::string_view object) const {
  throw Error(error_, "injected fault", {.block = {}, .file = std::string(object), .offset = {}});
}

Fault FaultyBucket::begin(CallKind kind, std::string_view object, std::uint64_t bytes) {
  Call call{.kind = kind, .object = std::string(object), .bytes = bytes, .number = 0};
  {
    const MutexLock lock(mutex_);
    call.number = calls_++;
  }
  if (before_) {
    before_(call);
  }
  Fault fault = decide_(call);
  const bool plain_write = kind == CallKind::kPut || kind == CallKind::kRemove;
  if (fault == Fault::kDieTorn) {
    fault = plain_write ? Fault::kDieAfter : Fault::kDie;
  }
  {
    const MutexLock lock(mutex_);
    if (dead_) {
      throw ProcessDied{died_at_};
    }
    if (fault == Fault::kDie || fault == Fault::kDieAfter) {
      dead_ = true;
      died_at_ = call.number;
    }
  }
  if (fault == Fault::kDie) {
    throw ProcessDied{call.number};
  }
  const bool tearable = kind == CallKind::kPut || kind == CallKind::kAppend;
  if (fault == Fault::kFail || (fault == Fault::kTear && !tearable)) {
    fail(object);
  }
  return fault;
}

void FaultyBucket::end(Fault fault, std::string_view object) const {
  if (fault == Fault::kLoseReply || fault == Fault::kTear) {
    fail(object);
  }
  if (fault == Fault::kDieAfter) {
    const MutexLock lock(mutex_);
    throw ProcessDied{died_at_};
  }
}

void FaultyBucket::keep_for_the_dead(std::unique_ptr<ObjectWriter> writer) {
  const MutexLock lock(mutex_);
  if (dead_) {
    left_open_.push_back(std::move(writer));
  }
}

class FaultyBucket::Writer final : public ObjectWriter {
 public:
  Writer(FaultyBucket& bucket, std::unique_ptr<ObjectWriter> inner, std::string object)
      : bucket_(bucket), inner_(std::move(inner)), object_(std::move(object)) {}
  ~Writer() override { bucket_.keep_for_the_dead(std::move(inner_)); }

  void append(Bytes bytes) override {
    const Fault fault = bucket_.begin(CallKind::kAppend, object_, bytes.size());
    inner_->append(fault == Fault::kTear ? bytes.first(bytes.size() / 2) : bytes);
    bucket_.end(fault, object_);
  }
  std::uint64_t size() const override { return inner_->size(); }
  ObjectInfo commit() override {
    const Fault fault = bucket_.begin(CallKind::kCommit, object_, inner_->size());
    ObjectInfo info = inner_->commit();
    bucket_.end(fault, object_);
    return info;
  }

 private:
  FaultyBucket& bucket_;
  std::unique_ptr<ObjectWriter> inner_;
  std::string object_;
};

void FaultyBucket::list(std::stop_token stop, std::string_view prefix, Listing listing,
                        const PageVisitor& visit) {
  const Fault fault = begin(CallKind::kList, prefix, 0);
  if (fault == Fault::kHide) {
    return;
  }
  inner_.list(std::move(stop), prefix, listing, visit);
  end(fault, prefix);
}

std::optional<ObjectInfo> FaultyBucket::stat(std::stop_token stop, std::string_view object) {
  const Fault fault = begin(CallKind::kStat, object, 0);
  if (fault == Fault::kHide) {
    return std::nullopt;
  }
  auto info = inner_.stat(std::move(stop), object);
  end(fault, object);
  return info;
}

void FaultyBucket::get_range(std::stop_token stop, std::string_view object, std::uint64_t offset,
                             MutableBytes out) {
  const Fault fault = begin(CallKind::kGetRange, object, out.size());
  if (fault == Fault::kHide) {
    throw Error(ErrorKind::kNotFound, "read: no such object",
                {.block = {}, .file = std::string(object), .offset = {}});
  }
  inner_.get_range(std::move(stop), object, offset, out);
  end(fault, object);
}

std::optional<Buffer> FaultyBucket::get(std::stop_token stop, std::string_view object,
                                        std::uint64_t limit) {
  const Fault fault = begin(CallKind::kGet, object, 0);
  if (fault == Fault::kHide) {
    return std::nullopt;
  }
  auto content = inner_.get(std::move(stop), object, limit);
  end(fault, object);
  return content;
}

ObjectInfo FaultyBucket::put(std::stop_token stop, std::string_view object, Bytes content,
                             const PutCondition& condition) {
  const Fault fault = begin(CallKind::kPut, object, content.size());
  ObjectInfo info =
      inner_.put(std::move(stop), object,
                 fault == Fault::kTear ? content.first(content.size() / 2) : content, condition);
  end(fault, object);
  return info;
}

std::unique_ptr<ObjectWriter> FaultyBucket::create(std::stop_token stop, std::string_view object,
                                                   const PutCondition& condition) {
  const Fault fault = begin(CallKind::kCreate, object, 0);
  auto writer = std::make_unique<Writer>(*this, inner_.create(std::move(stop), object, condition),
                                         std::string(object));
  end(fault, object);
  return writer;
}

void FaultyBucket::remove(std::stop_token stop, std::string_view object) {
  const Fault fault = begin(CallKind::kRemove, object, 0);
  inner_.remove(std::move(stop), object);
  end(fault, object);
}

}  // namespace strata::objstore::testing
