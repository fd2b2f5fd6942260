#pragma once

#include <span>

#include "compact/group.h"
#include "tsdb/block_writer.h"

namespace strata::compact {

// meta.json of a merge, all but what publishing adds. `inputs` in plan order; nothing of theirs is
// inherited beyond level, sources and what the group says. Of two blocks with equal sources the
// older one stays, so the rewrite of a single block counts itself as a source: else it would be
// garbage.
block::Meta result_meta(const Ulid& id, const Group& group, std::span<const MetaPtr> inputs,
                        const tsdb::WrittenBlock& written);

// meta.json of a block rewritten by a repair. The new block counts as a source of itself, so that
// it holds all that the broken one does and more: it is the broken one that is garbage.
block::Meta repaired_meta(const Ulid& id, const block::Meta& broken,
                          const tsdb::WrittenBlock& written);

// The smallest range that holds all of `blocks`.
TimeRange common_range(std::span<const MetaPtr> blocks);

}  // namespace strata::compact
