#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <random>
#include <stop_token>
#include <string>

#include "base/error.h"
#include "base/mutex.h"
#include "base/time.h"
#include "objstore/bucket.h"

namespace strata::objstore {

// Waits, or throws cancelled when stopped meanwhile.
using Sleeper = std::function<void(const std::stop_token&, std::chrono::milliseconds)>;
void sleep_unless_stopped(const std::stop_token& stop, std::chrono::milliseconds duration);

struct RetryPolicy {
  unsigned attempts = 5;                     // in all
  std::chrono::milliseconds budget{60'000};  // no attempt starts later than this after the first
  std::chrono::milliseconds first_backoff{
      200};  // doubled each time; the wait is random, up to this
  std::chrono::milliseconds longest_backoff{10'000};
  std::uint64_t seed = 0;
};

// Repeats operations of `inner` that fail with a transient error.
//  - A put whose reply got lost: a conflict (or, for a removal, not_found) after a failed attempt
//  is success if the
//    object holds exactly what was to be put.
//  - A listing resumes behind the last entry that the visitor got.
//  - What is appended to a writer and its commit are not repeated: the bytes are gone.
// Thread-safe.
class RetryingBucket final : public Bucket {
 public:
  RetryingBucket(std::unique_ptr<Bucket> inner, const RetryPolicy& policy, const Clock& clock,
                 Sleeper sleeper = sleep_unless_stopped);

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
  // `call` gets the number of the attempt, from 0.
  template <class Call>
  auto with_retries(const std::stop_token& stop, const Call& call);
  void wait_before_retry(const std::stop_token& stop, unsigned attempt, Timestamp started,
                         const Error& error);

  std::unique_ptr<Bucket> inner_;
  RetryPolicy policy_;
  const Clock& clock_;
  Sleeper sleeper_;
  Mutex mutex_;
  std::mt19937_64 random_ GUARDED_BY(mutex_);
};

}  // namespace strata::objstore
