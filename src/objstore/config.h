#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/time.h"
#include "objstore/bucket.h"

namespace strata::telemetry {
class Registry;
}

namespace strata::objstore {

enum class Provider {
  kFilesystem,
  kS3,
  kGcs,
  kAzure,
  kSwift,
  kCos,
  kAliyunOss,
  kBos,
  kOci,
  kObs,
};

// Upper case, as in configurations.
std::string_view to_string(Provider provider);

// The object-storage configuration: keys `type`, `config`, `prefix`.
struct BucketConfig {
  Provider provider = Provider::kFilesystem;
  std::string prefix;     // as written
  std::string directory;  // FILESYSTEM
};

// `yaml` after the expansion of environment variables. Strict: unknown and duplicate keys, merge
// keys, several documents and values of a wrong kind are invalid errors that name key, line and
// column, never a value (it may be a secret). The `config` of providers that open_bucket() refuses
// is not looked at.
BucketConfig parse_bucket_config(std::string_view yaml);

// The provider with prefix, metrics and retries around it. Registry and clock must outlive the
// bucket. Contacts nothing; invalid for a provider that this version does not have.
std::unique_ptr<Bucket> open_bucket(const BucketConfig& config, telemetry::Registry& registry,
                                    const Clock& clock);

}  // namespace strata::objstore
