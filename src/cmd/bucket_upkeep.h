#pragma once

#include <cstddef>
#include <stop_token>
#include <vector>

#include "base/time.h"
#include "block/filters.h"
#include "compact/retention.h"
#include "objstore/bucket.h"
#include "telemetry/log.h"

namespace strata::cmd {

// What one pass over a bucket works with.
struct Upkeep {
  objstore::Bucket& bucket;
  const Clock& clock;
  const telemetry::Logger& log;
  block::FilterOptions filters;
  unsigned concurrency = 20;  // metas read side by side
};

// `tools bucket retention`: marks every block for deletion that is past its retention. Returns how
// many it marked.
std::size_t apply_retention(const std::stop_token& stop, const Upkeep& upkeep,
                            const compact::RetentionPolicy& policy);

struct CleanupReport {
  std::size_t aborted_uploads = 0;  // removed
  std::size_t purged = 0;           // marked blocks removed
  std::size_t failures = 0;         // blocks that could not be removed
};

// `tools bucket cleanup`: removes uploads that nobody will finish and blocks whose deletion mark is
// old enough. One block that cannot be removed does not keep the others.
CleanupReport clean_bucket(const std::stop_token& stop, const Upkeep& upkeep);

}  // namespace strata::cmd
