#include "objstore/testing/bucket_contract.h"

#include <gtest/gtest.h>

#include <memory>
#include <tuple>

#include "base/time.h"
#include "objstore/filesystem.h"
#include "objstore/metrics_bucket.h"
#include "objstore/prefix_bucket.h"
#include "objstore/retrying_bucket.h"
#include "objstore/testing/counting_bucket.h"
#include "objstore/testing/faulty_bucket.h"
#include "objstore/testing/memory_bucket.h"
#include "objstore/testing/temporary_directory.h"
#include "telemetry/metrics.h"

namespace strata::objstore::testing {
namespace {

struct Surroundings {
  SystemClock clock;
  telemetry::Registry registry;
  TemporaryDirectory directory;
  std::unique_ptr<Bucket> inner;
};

BucketUnderTest memory() {
  auto owner = std::make_shared<Surroundings>();
  return {owner, std::make_unique<MemoryBucket>(owner->clock)};
}

BucketUnderTest filesystem() {
  auto owner = std::make_shared<Surroundings>();
  return {owner, std::make_unique<FilesystemBucket>(owner->directory.path(), owner->clock)};
}

BucketUnderTest missing_directory() {
  auto owner = std::make_shared<Surroundings>();
  return {owner,
          std::make_unique<FilesystemBucket>(owner->directory.path() / "not/yet", owner->clock)};
}

BucketUnderTest prefixed() {
  BucketUnderTest made = filesystem();
  // A neighbour of the prefix must never show.
  put_text(*made.bucket, "team/a-neighbour", "x");
  put_text(*made.bucket, "team/b/x", "x");
  made.bucket = std::make_unique<PrefixBucket>(std::move(made.bucket), "/team/a/");
  return made;
}

BucketUnderTest metered() {
  auto owner = std::make_shared<Surroundings>();
  return {owner, std::make_unique<MetricsBucket>(std::make_unique<MemoryBucket>(owner->clock),
                                                 owner->registry, owner->clock)};
}

BucketUnderTest retrying() {
  auto owner = std::make_shared<Surroundings>();
  return {owner, std::make_unique<RetryingBucket>(std::make_unique<MemoryBucket>(owner->clock),
                                                  RetryPolicy{}, owner->clock)};
}

BucketUnderTest whole_stack() {
  auto owner = std::make_shared<Surroundings>();
  std::unique_ptr<Bucket> bucket =
      std::make_unique<FilesystemBucket>(owner->directory.path(), owner->clock);
  bucket = std::make_unique<PrefixBucket>(std::move(bucket), "tenant");
  bucket = std::make_unique<MetricsBucket>(std::move(bucket), owner->registry, owner->clock);
  return {owner, std::make_unique<RetryingBucket>(std::move(bucket), RetryPolicy{}, owner->clock)};
}

BucketUnderTest faultless() {
  auto owner = std::make_shared<Surroundings>();
  owner->inner = std::make_unique<MemoryBucket>(owner->clock);
  return {owner,
          std::make_unique<FaultyBucket>(*owner->inner, [](const Call&) { return Fault::kNone; })};
}

BucketUnderTest counted() {
  auto owner = std::make_shared<Surroundings>();
  owner->inner = std::make_unique<MemoryBucket>(owner->clock);
  return {owner, std::make_unique<CountingBucket>(*owner->inner)};
}

using Parameters = std::tuple<ContractSubject, ContractCheck>;

class BucketContract : public ::testing::TestWithParam<Parameters> {};

TEST_P(BucketContract, Holds) {
  const BucketUnderTest subject = std::get<0>(GetParam()).make();
  std::get<1>(GetParam()).run(*subject.bucket);
}

INSTANTIATE_TEST_SUITE_P(
    All, BucketContract,
    ::testing::Combine(::testing::Values(ContractSubject{"Memory", memory},
                                         ContractSubject{"Filesystem", filesystem},
                                         ContractSubject{"MissingDirectory", missing_directory},
                                         ContractSubject{"Prefixed", prefixed},
                                         ContractSubject{"Metered", metered},
                                         ContractSubject{"Retrying", retrying},
                                         ContractSubject{"WholeStack", whole_stack},
                                         ContractSubject{"Faultless", faultless},
                                         ContractSubject{"Counted", counted}),
                       ::testing::ValuesIn(bucket_contract().begin(), bucket_contract().end())),
    [](const ::testing::TestParamInfo<Parameters>& tested) {
      return std::get<0>(tested.param).name + std::get<1>(tested.param).name;
    });

}  // namespace
}  // namespace strata::objstore::testing
