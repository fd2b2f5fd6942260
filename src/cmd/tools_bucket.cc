#include "cmd/tools_bucket.h"

#include <fmt/format.h>

#include <atomic>
#include <thread>

#include "base/duration.h"
#include "base/error.h"
#include "base/wait.h"
#include "objstore/config.h"

namespace strata::cmd {
namespace {

objstore::BucketConfig read_bucket_config(const ContentFlag& flag) {
  const std::string content = flag.read(/*expand=*/true);
  try {
    return objstore::parse_bucket_config(content);
  } catch (const Error& error) {
    throw error.while_doing(flag.where());
  }
}

}  // namespace

BucketSession::BucketSession(const BucketFlags& flags, Environment& environment)
    : log(make_logger(*flags.common, environment.log, clock)) {
  check_common_flags(*flags.common);
  bucket = objstore::open_bucket(read_bucket_config(flags.objstore), registry, clock);
}

void run_with_timeout(std::stop_token stop, std::chrono::nanoseconds timeout,
                      const std::function<void(std::stop_token)>& body) {
  std::stop_source source;
  std::atomic<bool> timed_out = false;
  const std::stop_callback forward(stop, [&source] { source.request_stop(); });
  const std::jthread timer([&](const std::stop_token& done) {
    if (wait_unless_stopped(done, timeout)) {
      timed_out = true;
      source.request_stop();
    }
  });
  try {
    body(source.get_token());
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kCancelled && timed_out) {
      throw Error(ErrorKind::kTransient, fmt::format("not done within --timeout={}: {}",
                                                     format_go_duration(timeout), error.message()));
    }
    throw;
  }
}

block::RelabelConfig read_selector(const ContentFlag& flag) {
  return block::RelabelConfig::parse(flag.read(/*expand=*/true), flag.where());
}

void add_tools_bucket(Command& tools, const CommonFlags& common) {
  Command bucket = tools.add_command("bucket", "Work on the blocks of a bucket");
  const auto shared = std::make_shared<BucketFlags>();
  shared->common = &common;
  add_content_flag(bucket, "objstore.config", "object storage configuration (YAML)",
                   shared->objstore);
  add_tools_bucket_ls(bucket, shared);
  add_tools_bucket_inspect(bucket, shared);
  add_tools_bucket_verify(bucket, shared);
  add_tools_bucket_mark(bucket, shared);
  add_tools_bucket_retention(bucket, shared);
  add_tools_bucket_cleanup(bucket, shared);
  add_tools_bucket_downsample(bucket, shared);
}

}  // namespace strata::cmd
