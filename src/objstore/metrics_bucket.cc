#include "objstore/metrics_bucket.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace strata::objstore {
namespace {

constexpr std::array<const char*, BucketMetrics::kOperations> kNames = {
    "iter", "get", "get_range", "exists", "upload", "delete", "attributes"};
constexpr std::array kTransfers = {BucketMetrics::kGet, BucketMetrics::kGetRange,
                                   BucketMetrics::kUpload};

const std::vector<double>& duration_bounds() {
  static const std::vector<double> bounds = {0.001, 0.01, 0.1, 0.3, 0.6, 1,  3,
                                             6,     9,    20,  30,  60,  90, 120};
  return bounds;
}

std::vector<double> transfer_bounds() {
  std::vector<double> bounds;
  for (double bound = 32768; bounds.size() < 16; bound *= 2) {
    bounds.push_back(bound);
  }
  return bounds;
}

std::size_t transfer_index(BucketMetrics::Operation operation) {
  return static_cast<std::size_t>(std::ranges::find(kTransfers, operation) - kTransfers.begin());
}

bool is_expected(ErrorKind kind, BucketMetrics::Operation operation) {
  return kind == ErrorKind::kCancelled || kind == ErrorKind::kConflict ||
         (kind == ErrorKind::kNotFound && operation == BucketMetrics::kDelete);
}

class Stopwatch {
 public:
  explicit Stopwatch(const Clock& clock) : clock_(clock), start_(clock.now()) {}
  double seconds() const {
    return std::max(0.0, std::chrono::duration<double>(clock_.now() - start_).count());
  }

 private:
  const Clock& clock_;
  std::chrono::system_clock::time_point start_;
};

// Counts the failure of `call`, unless it is one that the caller expects.
template <class Call>
auto counting_failure(const BucketMetrics& metrics, BucketMetrics::Operation operation,
                      const Call& call) {
  try {
    return call();
  } catch (const Error& error) {
    if (!is_expected(error.kind(), operation)) {
      metrics.failed(operation);
    }
    throw;
  } catch (...) {
    metrics.failed(operation);
    throw;
  }
}

}  // namespace

BucketMetrics::BucketMetrics(telemetry::Registry& registry, const std::string& bucket)
    : last_upload_(registry.gauge("thanos_objstore_bucket_last_successful_upload_time",
                                  "Unix seconds of the last upload to the bucket that succeeded.",
                                  {{"bucket", bucket}})) {
  const auto operations = registry.counters("thanos_objstore_bucket_operations_total",
                                            "Operations attempted against the bucket.");
  const auto failures = registry.counters(
      "thanos_objstore_bucket_operation_failures_total",
      "Operations against the bucket that failed in a way that their caller does not expect.");
  const auto durations = registry.histograms(
      "thanos_objstore_bucket_operation_duration_seconds",
      "Seconds that operations took; those of iter include its callbacks.", duration_bounds());
  const auto fetched = registry.counters("thanos_objstore_bucket_operation_fetched_bytes_total",
                                         "Bytes fetched from the bucket.");
  const auto transferred = registry.histograms(
      "thanos_objstore_bucket_operation_transferred_bytes",
      "Bytes that one operation moved from or to the bucket.", transfer_bounds());
  for (const char* name : kNames) {
    const telemetry::Labels labels = {{"bucket", bucket}, {"operation", name}};
    operations_.push_back(operations.with(labels));
    failures_.push_back(failures.with(labels));
    durations_.push_back(durations.with(labels));
  }
  for (const Operation operation : kTransfers) {
    const telemetry::Labels labels = {{"bucket", bucket}, {"operation", kNames[operation]}};
    fetched_.push_back(fetched.with(labels));
    transferred_.push_back(transferred.with(labels));
  }
}

void BucketMetrics::fetched(Operation operation, std::uint64_t bytes) const {
  const std::size_t at = transfer_index(operation);
  fetched_[at].increment(static_cast<double>(bytes));
  transferred_[at].observe(static_cast<double>(bytes));
}

void BucketMetrics::uploaded(std::uint64_t bytes, Timestamp now) const {
  transferred_[transfer_index(kUpload)].observe(static_cast<double>(bytes));
  last_upload_.set(static_cast<double>(now) / 1000);
}

// Counts as one upload from its creation to its commit.
class MetricsBucket::Writer final : public ObjectWriter {
 public:
  Writer(std::unique_ptr<ObjectWriter> inner, const BucketMetrics& metrics, const Clock& clock)
      : inner_(std::move(inner)), metrics_(metrics), clock_(clock), watch_(clock) {}

  void append(Bytes bytes) override {
    counting_failure(metrics_, BucketMetrics::kUpload, [&] { inner_->append(bytes); });
  }
  std::uint64_t size() const override { return inner_->size(); }
  ObjectInfo commit() override {
    ObjectInfo info =
        counting_failure(metrics_, BucketMetrics::kUpload, [&] { return inner_->commit(); });
    metrics_.took(BucketMetrics::kUpload, watch_.seconds());
    metrics_.uploaded(info.size, clock_.now_ms());
    return info;
  }

 private:
  std::unique_ptr<ObjectWriter> inner_;
  const BucketMetrics& metrics_;
  const Clock& clock_;
  Stopwatch watch_;
};

MetricsBucket::MetricsBucket(std::unique_ptr<Bucket> inner, telemetry::Registry& registry,
                             const Clock& clock)
    : inner_(std::move(inner)), metrics_(registry, inner_->name()), clock_(clock) {}

void MetricsBucket::list(std::stop_token stop, std::string_view prefix, Listing listing,
                         const PageVisitor& visit) {
  metrics_.started(BucketMetrics::kIter);
  const Stopwatch watch(clock_);
  std::exception_ptr thrown;
  const auto guarded = [&](std::span<const ObjectInfo> page) {
    try {
      return visit(page);
    } catch (...) {
      thrown = std::current_exception();
      return false;
    }
  };
  try {
    counting_failure(metrics_, BucketMetrics::kIter,
                     [&] { inner_->list(std::move(stop), prefix, listing, guarded); });
  } catch (...) {
    metrics_.took(BucketMetrics::kIter, watch.seconds());
    throw;
  }
  metrics_.took(BucketMetrics::kIter, watch.seconds());
  if (thrown) {
    std::rethrow_exception(thrown);
  }
}

std::optional<ObjectInfo> MetricsBucket::stat(std::stop_token stop, std::string_view object) {
  metrics_.started(BucketMetrics::kExists);
  const Stopwatch watch(clock_);
  auto info = counting_failure(metrics_, BucketMetrics::kExists,
                               [&] { return inner_->stat(std::move(stop), object); });
  metrics_.took(BucketMetrics::kExists, watch.seconds());
  return info;
}

void MetricsBucket::get_range(std::stop_token stop, std::string_view object, std::uint64_t offset,
                              MutableBytes out) {
  metrics_.started(BucketMetrics::kGetRange);
  const Stopwatch watch(clock_);
  counting_failure(metrics_, BucketMetrics::kGetRange,
                   [&] { inner_->get_range(std::move(stop), object, offset, out); });
  metrics_.took(BucketMetrics::kGetRange, watch.seconds());
  metrics_.fetched(BucketMetrics::kGetRange, out.size());
}

std::optional<Buffer> MetricsBucket::get(std::stop_token stop, std::string_view object,
                                         std::uint64_t limit) {
  metrics_.started(BucketMetrics::kGet);
  const Stopwatch watch(clock_);
  auto content = counting_failure(metrics_, BucketMetrics::kGet,
                                  [&] { return inner_->get(std::move(stop), object, limit); });
  metrics_.took(BucketMetrics::kGet, watch.seconds());
  if (content) {
    metrics_.fetched(BucketMetrics::kGet, content->size());
  }
  return content;
}

ObjectInfo MetricsBucket::put(std::stop_token stop, std::string_view object, Bytes content,
                              const PutCondition& condition) {
  metrics_.started(BucketMetrics::kUpload);
  const Stopwatch watch(clock_);
  ObjectInfo info = counting_failure(metrics_, BucketMetrics::kUpload, [&] {
    return inner_->put(std::move(stop), object, content, condition);
  });
  metrics_.took(BucketMetrics::kUpload, watch.seconds());
  metrics_.uploaded(content.size(), clock_.now_ms());
  return info;
}

std::unique_ptr<ObjectWriter> MetricsBucket::create(std::stop_token stop, std::string_view object,
                                                    const PutCondition& condition) {
  metrics_.started(BucketMetrics::kUpload);
  return std::make_unique<Writer>(
      counting_failure(metrics_, BucketMetrics::kUpload,
                       [&] { return inner_->create(std::move(stop), object, condition); }),
      metrics_, clock_);
}

void MetricsBucket::remove(std::stop_token stop, std::string_view object) {
  metrics_.started(BucketMetrics::kDelete);
  const Stopwatch watch(clock_);
  counting_failure(metrics_, BucketMetrics::kDelete,
                   [&] { inner_->remove(std::move(stop), object); });
  metrics_.took(BucketMetrics::kDelete, watch.seconds());
}

}  // namespace strata::objstore
