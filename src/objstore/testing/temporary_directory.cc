#include "objstore/testing/temporary_directory.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

#include "base/error.h"

namespace strata::objstore::testing {

TemporaryDirectory::TemporaryDirectory() {
  // In memory where the machine has that: the tests sync thousands of files.
  const std::filesystem::path memory = "/dev/shm";
  const std::filesystem::path parent =
      ::access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::temp_directory_path();
  std::string name = (parent / "strata-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    throw errno_error(errno, "create", name);
  }
  path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace strata::objstore::testing
