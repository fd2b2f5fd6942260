#pragma once

#include <functional>
#include <string>

#include "tsdb/testing/memory_block.h"

namespace strata::tsdb::testing {

// `got` has the index and segments of `want`, byte by byte, and nothing else; other files of `want`
// do not count.
void expect_same_files(const BlockFiles& got, const BlockFiles& want);

// Calls `check` with damaged copies of a block and what was done to them: at every 64th byte of
// index, segments and tombstones a flipped bit, and the file cut there. Of files of 10 kB or more
// at every 61st of those places: a prime step meets every kind, and sanitizers are slow.
void for_each_damage(const BlockFiles& whole,
                     const std::function<void(const BlockFiles&, const std::string&)>& check);

// Whatever is wrong with an input, `make` either says so, naming block and file, or makes the same
// result.
void expect_error_or_same(const std::function<BlockFiles()>& make, const BlockFiles& good,
                          const std::string& damage);

}  // namespace strata::tsdb::testing
