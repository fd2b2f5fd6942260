#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"
#include "block/meta.h"

// Whatever parses is written as something that parses to the same bytes again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const auto meta = strata::block::parse_meta(strata::as_text({data, size}), "meta.json");
    const std::string once = strata::block::format_meta(meta);
    if (strata::block::format_meta(strata::block::parse_meta(once, "again")) != once) {
      std::abort();
    }
  } catch (const strata::Error& error) {
    const bool is_expected =
        error.kind() == strata::ErrorKind::kCorrupt || error.kind() == strata::ErrorKind::kInvalid;
    // What we wrote ourselves must parse.
    if (!is_expected || error.place().file != "meta.json") {
      std::abort();
    }
  }
  return 0;
}
