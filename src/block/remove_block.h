#pragma once

#include <chrono>
#include <cstddef>
#include <stop_token>

#include "base/time.h"
#include "base/ulid.h"
#include "block/listing.h"
#include "objstore/bucket.h"

namespace strata::block {

// An upload that nothing was added to for longer than this will not be finished by anybody.
inline constexpr std::chrono::hours kAbortedUploadAge{48};

// Removes a block's objects: meta.json first (from then on nobody takes it for whole), the deletion
// mark last (until then a rerun knows that it is to go). Objects that are gone already are fine, so
// that it can be run again after a failure at any point. Returns how many objects it removed.
std::size_t remove_block(std::stop_token stop, objstore::Bucket& bucket, const Ulid& block);

// Since the newest modification of any object, or since the ULID's time where that is unknown.
std::chrono::milliseconds partial_upload_age(const Ulid& block, const BlockListing& files,
                                             Timestamp now);

}  // namespace strata::block
