#pragma once

#include <filesystem>

#include "block/meta.h"

namespace strata::tools {

// meta.json of the block in a local directory.
block::Meta read_meta(const std::filesystem::path& block);

// With its parents; it may be there already.
void make_directory(const std::filesystem::path& directory);

}  // namespace strata::tools
