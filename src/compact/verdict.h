#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/ulid.h"

namespace strata::compact {

// Why a group's job cannot be done as planned. The names are the values of the label `reason` of
// strata_compact_groups_set_aside.
enum class Trouble {
  kOverlap,        // blocks of the group cover the same time, and vertical compaction is off
  kSharedSources,  // two blocks of the plan hold data of one source, and vertical compaction is off
  kResultOverlaps,     // the merged block would cover the time of a block outside of the plan
  kChunksOutside,      // chunks beyond their block's range, other than those that can be cut off
  kChunksAtEnd,        // chunks that begin exactly where their block ends: reparable
  kOutOfOrderChunks,   // chunks of one series overlap within one block
  kOutOfOrderLabels,   // a series with unsorted label names
  kBrokenBlock,        // an index that cannot be read, or one that breaks its format
  kUnknownEncoding,    // a chunk that a newer writer made
  kBrokenData,         // whatever else makes the merge fail
  kBooksDoNotBalance,  // samples in are not samples out, duplicates and what was cut off
};

std::string_view to_string(Trouble trouble);

// A failure of one group's job, judged already. place().block is the block at fault, if it is one.
class JobError : public Error {
 public:
  JobError(Trouble trouble, std::string message, ErrorPlace place = {})
      : Error(ErrorKind::kCorrupt, std::move(message), std::move(place)), trouble_(trouble) {}
  Trouble trouble() const { return trouble_; }

 private:
  Trouble trouble_;
};

enum class Action {
  kRetry,          // plan the group again
  kRepairBlock,    // rewrite the block, then plan again
  kMarkBlock,      // no-compact mark for the block, then plan again
  kSetBlockAside,  // plan again without the block, for the rest of this run
  kSetGroupAside,  // leave the group alone for the rest of this run
  kGiveUp,         // no other group would fare better
};

struct Verdict {
  Action action = Action::kGiveUp;
  std::string reason;  // of what is set aside
};

struct VerdictOptions {
  bool skip_out_of_order_chunks = false;  // --compact.skip-block-with-out-of-order-chunks
  unsigned attempts_left = 0;             // retries of this group that remain
};

// What becomes of a group whose job failed.
Verdict verdict(const Error& error, const VerdictOptions& options);

// What becomes of a block that could not be downsampled: kRetry, kSetBlockAside or kGiveUp.
Verdict downsample_verdict(const Error& error, unsigned attempts_left);

// Something that was left alone, and why.
struct Aside {
  std::string what;    // a group's title, or a block
  std::string reason;  // a word
  std::string message;
};

}  // namespace strata::compact
