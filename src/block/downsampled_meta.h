#pragma once

#include "base/ulid.h"
#include "block/meta.h"
#include "tsdb/block_writer.h"

namespace strata::block {

// meta.json of a block that was downsampled to `target`: the source's, unknown keys too, with only
// this changed: ULID, resolution, `compactor` as the source, segment files, the numbers of samples,
// series and chunks, and index_stats where the new index has any. Range and compaction stay, as do
// the float and histogram counts of the source: the reference leaves them.
Meta downsampled_meta(const Meta& source, const Ulid& id, Resolution target,
                      const tsdb::WrittenBlock& written);

}  // namespace strata::block
