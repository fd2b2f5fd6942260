#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "base/bytes.h"
#include "base/error.h"
#include "block/relabel.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const auto config =
        strata::block::RelabelConfig::parse(strata::as_text({data, size}), "selector");
    (void)config.keeps({{"cluster", "eu1"}, {"__block_id", "01M8181T0V0QGZ7DPA1252D9ZC"}});
  } catch (const strata::Error& error) {
    if (error.kind() != strata::ErrorKind::kInvalid) {
      std::abort();
    }
  }
  return 0;
}
