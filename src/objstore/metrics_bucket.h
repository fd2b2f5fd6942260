#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "base/time.h"
#include "objstore/bucket.h"
#include "telemetry/metrics.h"

namespace strata::objstore {

// The metrics of every bucket operation, label `bucket` being the provider's name. Handles into the
// registry, which must outlive it. Thread-safe.
class BucketMetrics {
 public:
  enum Operation { kIter, kGet, kGetRange, kExists, kUpload, kDelete, kAttributes, kOperations };

  BucketMetrics(telemetry::Registry& registry, const std::string& bucket);

  void started(Operation operation) const { operations_[operation].increment(); }
  void failed(Operation operation) const { failures_[operation].increment(); }
  void took(Operation operation, double seconds) const { durations_[operation].observe(seconds); }
  void fetched(Operation operation, std::uint64_t bytes) const;
  void uploaded(std::uint64_t bytes, Timestamp now) const;

 private:
  std::vector<telemetry::Counter> operations_;
  std::vector<telemetry::Counter> failures_;
  std::vector<telemetry::Histogram> durations_;
  std::vector<telemetry::Counter> fetched_;        // kGet, kGetRange, kUpload
  std::vector<telemetry::Histogram> transferred_;  // the same
  telemetry::Gauge last_upload_;
};

// Counts and times every operation of `inner`. A stat counts as `exists`. No failure is: that an
// object is not there (stat, get, remove), a precondition that does not hold, a cancelled call, a
// visitor that throws, an abandoned writer.
class MetricsBucket final : public Bucket {
 public:
  MetricsBucket(std::unique_ptr<Bucket> inner, telemetry::Registry& registry, const Clock& clock);

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

  std::unique_ptr<Bucket> inner_;
  BucketMetrics metrics_;
  const Clock& clock_;
};

}  // namespace strata::objstore
