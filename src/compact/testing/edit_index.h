#pragma once

#include <functional>

#include "base/ulid.h"
#include "objstore/bucket.h"
#include "tsdb/index/series_reader.h"

namespace strata::compact::testing {

// Rewrites the index of a small block with every series entry as `edit` leaves it: also in ways
// that no sane writer would. Checksums are right.
void edit_index(objstore::Bucket& bucket, const Ulid& block,
                const std::function<void(tsdb::SeriesEntry&)>& edit);

}  // namespace strata::compact::testing
