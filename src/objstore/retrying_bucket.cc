#include "objstore/retrying_bucket.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "base/wait.h"

namespace strata::objstore {

void sleep_unless_stopped(const std::stop_token& stop, std::chrono::milliseconds duration) {
  if (!wait_unless_stopped(stop, duration)) {
    throw Error(ErrorKind::kCancelled, "stopped while waiting to try again");
  }
}

RetryingBucket::RetryingBucket(std::unique_ptr<Bucket> inner, const RetryPolicy& policy,
                               const Clock& clock, Sleeper sleeper)
    : inner_(std::move(inner)),
      policy_(policy),
      clock_(clock),
      sleeper_(std::move(sleeper)),
      random_(policy.seed) {}

void RetryingBucket::wait_before_retry(const std::stop_token& stop, unsigned attempt,
                                       Timestamp started, const Error& error) {
  if (attempt + 1 >= policy_.attempts) {
    throw policy_.attempts > 1 ? error.while_doing(fmt::format("after {} attempts", attempt + 1))
                               : error;
  }
  const std::int64_t longest = std::min<std::int64_t>(
      policy_.longest_backoff.count(), policy_.first_backoff.count() << std::min(attempt, 30U));
  std::chrono::milliseconds wait{0};
  {
    const MutexLock lock(mutex_);
    wait = std::chrono::milliseconds(std::uniform_int_distribution<std::int64_t>(
        1, std::max<std::int64_t>(1, longest))(random_));
  }
  const Timestamp next = clock_.now_ms() + wait.count();
  if (next - started > policy_.budget.count()) {
    throw error.while_doing(
        fmt::format("after {} attempts in {} ms", attempt + 1, clock_.now_ms() - started));
  }
  sleeper_(stop, wait);
}

template <class Call>
auto RetryingBucket::with_retries(const std::stop_token& stop, const Call& call) {
  const Timestamp started = clock_.now_ms();
  for (unsigned attempt = 0;; ++attempt) {
    try {
      return call(attempt);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kTransient) {
        throw;
      }
      wait_before_retry(stop, attempt, started, error);
    }
  }
}

void RetryingBucket::list(std::stop_token stop, std::string_view prefix, Listing listing,
                          const PageVisitor& visit) {
  std::string last;
  std::exception_ptr thrown;
  with_retries(stop, [&](unsigned) {
    inner_->list(stop, prefix, listing, [&](std::span<const ObjectInfo> page) {
      const auto fresh = std::ranges::upper_bound(page, last, {}, &ObjectInfo::name);
      page = page.subspan(static_cast<std::size_t>(fresh - page.begin()));
      if (page.empty()) {
        return true;
      }
      last = page.back().name;
      // What the visitor throws is no failure of the bucket and ends the listing for good.
      try {
        return visit(page);
      } catch (...) {
        thrown = std::current_exception();
        return false;
      }
    });
  });
  if (thrown) {
    std::rethrow_exception(thrown);
  }
}

std::optional<ObjectInfo> RetryingBucket::stat(std::stop_token stop, std::string_view object) {
  return with_retries(stop, [&](unsigned) { return inner_->stat(stop, object); });
}

void RetryingBucket::get_range(std::stop_token stop, std::string_view object, std::uint64_t offset,
                               MutableBytes out) {
  with_retries(stop, [&](unsigned) { inner_->get_range(stop, object, offset, out); });
}

std::optional<Buffer> RetryingBucket::get(std::stop_token stop, std::string_view object,
                                          std::uint64_t limit) {
  return with_retries(stop, [&](unsigned) { return inner_->get(stop, object, limit); });
}

ObjectInfo RetryingBucket::put(std::stop_token stop, std::string_view object, Bytes content,
                               const PutCondition& condition) {
  bool conflicted = false;
  return with_retries(stop, [&](unsigned attempt) {
    if (!conflicted) {
      try {
        return inner_->put(stop, object, content, condition);
      } catch (const Error& error) {
        if (error.kind() != ErrorKind::kConflict || attempt == 0) {
          throw;
        }
        conflicted = true;
      }
    }
    // The size is compared first: another's object may be larger than what get() may read.
    const std::optional<ObjectInfo> info = inner_->stat(stop, object);
    if (info && info->size == content.size()) {
      const std::optional<Buffer> found = inner_->get(stop, object, content.size());
      if (found && equal(*found, content)) {
        return *info;
      }
    }
    throw Error(ErrorKind::kConflict, "put: somebody else has changed the object",
                {.block = {}, .file = std::string(object), .offset = {}});
  });
}

std::unique_ptr<ObjectWriter> RetryingBucket::create(std::stop_token stop, std::string_view object,
                                                     const PutCondition& condition) {
  return with_retries(stop, [&](unsigned) { return inner_->create(stop, object, condition); });
}

void RetryingBucket::remove(std::stop_token stop, std::string_view object) {
  with_retries(stop, [&](unsigned attempt) {
    try {
      inner_->remove(stop, object);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kNotFound || attempt == 0) {
        throw;
      }
    }
  });
}

}  // namespace strata::objstore
