#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/env_expand.h"
#include "base/error.h"
#include "objstore/config.h"

// Any text is a configuration or an Error.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const std::string expanded = strata::expand_env(
        text, [](const std::string& name) { return std::optional<std::string>(name); });
    const strata::objstore::BucketConfig config = strata::objstore::parse_bucket_config(expanded);
    if (config.provider == strata::objstore::Provider::kFilesystem && config.directory.empty()) {
      __builtin_trap();
    }
  } catch (const strata::Error&) {
    return 0;
  }
  return 0;
}
