#include "tools/block_directory.h"

#include <system_error>

#include "base/error.h"
#include "base/file.h"

namespace strata::tools {

namespace fs = std::filesystem;

block::Meta read_meta(const fs::path& block) {
  const fs::path path = block / block::kMetaFile;
  return block::parse_meta(read_file(path, block::kMaxMetaSize), path.string());
}

void make_directory(const fs::path& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) {
    throw errno_error(error.value(), "create", directory.string());
  }
}

}  // namespace strata::tools
