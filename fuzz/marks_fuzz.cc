#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/bytes.h"
#include "base/error.h"
#include "block/marks.h"

// Whatever parses is written as something that parses to the same bytes again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (const auto kind : strata::block::kMarkKinds) {
    try {
      const auto mark = strata::block::parse_mark(kind, strata::as_text({data, size}), "mark");
      const std::string once = strata::block::format_mark(mark);
      if (strata::block::format_mark(strata::block::parse_mark(kind, once, "again")) != once) {
        std::abort();
      }
    } catch (const strata::Error& error) {
      const bool is_expected = error.kind() == strata::ErrorKind::kCorrupt ||
                               error.kind() == strata::ErrorKind::kInvalid;
      if (!is_expected || error.place().file != "mark") {
        std::abort();
      }
    }
  }
  return 0;
}
