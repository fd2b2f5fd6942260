#include "cmd/data_directory.h"

#include <system_error>

#include "base/error.h"
#include "base/file.h"

namespace strata::cmd {
namespace {

void check(const std::error_code& error, std::string_view action,
           const std::filesystem::path& path) {
  if (error) {
    throw errno_error(error.value(), action, path.string());
  }
}

}  // namespace

DataDirectory::DataDirectory(const std::filesystem::path& root) : root_(root) {
  std::error_code error;
  for (const char* folder : {"compact", "downsample"}) {
    std::filesystem::remove_all(root_ / folder, error);
    check(error, "remove", root_ / folder);
  }
  std::filesystem::create_directories(work(), error);
  check(error, "make the data directory", work());
  // Fails now rather than in the middle of a merge where nothing can be written.
  File::create_unnamed(work());
}

DataDirectory::~DataDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(work(), ignored);
}

}  // namespace strata::cmd
