#pragma once

#include <span>
#include <stop_token>

#include "base/time.h"
#include "block/meta.h"
#include "objstore/bucket.h"

namespace strata::block {

// Makes a block visible whose index and chunks are in the bucket: compares their sizes with
// `written`, then uploads meta.json, last of all and only if there is none. Sets files,
// segment_files and upload_time of the Thanos section; returns the meta as uploaded. Without
// external labels it is an invalid error; a missing or torn object is transient (the block must be
// written again).
Meta publish_block(std::stop_token stop, objstore::Bucket& bucket, Meta meta,
                   std::span<const MetaFile> written, const Clock& clock);

// What publish_block refuses, to be asked before any work is done.
void require_external_labels(const Meta& meta);

}  // namespace strata::block
