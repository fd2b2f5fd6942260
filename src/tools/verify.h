#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <stop_token>
#include <vector>

#include "base/time.h"
#include "base/ulid.h"
#include "objstore/bucket.h"

namespace strata::tools {

struct BucketVerifyOptions {
  std::vector<Ulid> ids;                           // only these; empty: every block of the bucket
  bool chunks = true;                              // also read and decode every chunk
  unsigned threads = 1;                            // blocks at a time
  std::uint64_t memory = std::uint64_t{64} << 20;  // bytes, all threads together
  std::filesystem::path spill_directory;
};

// Verifies blocks one by one, and the bucket as a whole: overlaps within a group, duplicates,
// partial blocks, metas that contradict their folder or files. Every block is looked at, whatever
// is wrong with others. Writes one JSON object:
//
//   {"blocks": [{"ulid", "ok", "series", "chunks", "samples", "findings": [{"check", "message",
//   "file", "offset"}],
//    "more_findings"}], "overlaps": [{"group", "blocks": [ULID]}], "duplicates": [ULID], "partial":
//    [{"ulid", "reason"}], "summary": {"blocks", "bad_blocks", "overlaps", "duplicates",
//    "partial"}}
//
// Returns whether nothing was wrong; partial blocks and duplicates alone are no fault, an upload
// may be under way and compaction leaves duplicates for a while.
bool verify_bucket(std::stop_token stop, objstore::Bucket& bucket, const Clock& clock,
                   const BucketVerifyOptions& options, std::ostream& out);

}  // namespace strata::tools
