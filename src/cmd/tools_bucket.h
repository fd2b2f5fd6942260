#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/time.h"
#include "block/relabel.h"
#include "cmd/command.h"
#include "cmd/content_flag.h"
#include "cmd/program_flags.h"
#include "objstore/bucket.h"
#include "telemetry/metrics.h"

namespace strata::cmd {

// The flags that all of `strata tools bucket` share.
struct BucketFlags {
  const CommonFlags* common = nullptr;
  ContentFlag objstore;
};
using SharedBucketFlags = std::shared_ptr<const BucketFlags>;

// What a bucket command works with: made from its flags when it runs. Objects borrow from each
// other.
struct BucketSession {
  BucketSession(const BucketFlags& flags, Environment& environment);

  SystemClock clock;
  telemetry::Logger log;
  telemetry::Registry registry;
  std::unique_ptr<objstore::Bucket> bucket;
};

// Runs `body` under a stop token that also fires after `timeout`; that end is a transient error.
void run_with_timeout(std::stop_token stop, std::chrono::nanoseconds timeout,
                      const std::function<void(std::stop_token)>& body);

block::RelabelConfig read_selector(const ContentFlag& flag);

// `strata tools bucket` with all its commands. `common` outlives their run.
void add_tools_bucket(Command& tools, const CommonFlags& common);

// Its parts.
void add_tools_bucket_ls(Command& bucket, const SharedBucketFlags& shared);
void add_tools_bucket_inspect(Command& bucket, const SharedBucketFlags& shared);
void add_tools_bucket_verify(Command& bucket, const SharedBucketFlags& shared);
void add_tools_bucket_mark(Command& bucket, const SharedBucketFlags& shared);
void add_tools_bucket_retention(Command& bucket, const SharedBucketFlags& shared);
void add_tools_bucket_cleanup(Command& bucket, const SharedBucketFlags& shared);
void add_tools_bucket_downsample(Command& bucket, const SharedBucketFlags& shared);

}  // namespace strata::cmd
