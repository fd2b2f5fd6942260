#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/mutex.h"
#include "objstore/bucket.h"
#include "objstore/testing/observed_call.h"

namespace strata::objstore::testing {

// The process has died. No std::exception, so that no handler of failures takes it for one.
struct ProcessDied {
  std::uint64_t at_call;
};

enum class Fault {
  kNone,
  kFail,       // an error, and nothing happens
  kLoseReply,  // it happens, and the caller gets an error
  kHide,       // a read answers as if there were no such object; a write is not disturbed
  kTear,       // a put stores the first half, an append hands over the first half; then an error
  kDie,        // nothing happens, neither now nor in any later call
  kDieTorn,    // a plain put or removal happens, a commit does not; then as kDie
  kDieAfter,   // it happens, commits too; then as kDie
};

// Numbers every call, of writers too, and lets `decide` choose a fault for each. `before`, if set,
// runs first: that is where a test delays a call or changes the bucket under it. `inner` must
// outlive it. Thread-safe.
class FaultyBucket final : public Bucket {
 public:
  using Decide = std::function<Fault(const Call&)>;

  FaultyBucket(Bucket& inner, Decide decide, ErrorKind error = ErrorKind::kTransient);
  ~FaultyBucket() override;

  void set_before(std::function<void(const Call&)> before) { before_ = std::move(before); }
  std::uint64_t calls() const;
  bool is_dead() const;

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

  // What is to happen to this call; throws for the faults under which nothing does.
  Fault begin(CallKind kind, std::string_view object, std::uint64_t bytes);
  // Throws for the faults under which it has happened.
  void end(Fault fault, std::string_view object) const;
  [[noreturn]] void fail(std::string_view object) const;
  void keep_for_the_dead(std::unique_ptr<ObjectWriter> writer);

  Bucket& inner_;
  const Decide decide_;
  const ErrorKind error_;
  std::function<void(const Call&)> before_;
  mutable Mutex mutex_;
  std::uint64_t calls_ GUARDED_BY(mutex_) = 0;
  std::uint64_t died_at_ GUARDED_BY(mutex_) = 0;
  bool dead_ GUARDED_BY(mutex_) = false;
  // A dead process discards nothing: its open writers stay as they are until the test is over.
  std::vector<std::unique_ptr<ObjectWriter>> left_open_ GUARDED_BY(mutex_);
};

// `fault` for call number `n` alone. With kDie…, every later call fails as well.
FaultyBucket::Decide at_call(std::uint64_t n, Fault fault);

}  // namespace strata::objstore::testing
