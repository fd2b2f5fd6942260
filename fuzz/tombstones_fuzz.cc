// The input is a tombstones file, and again the entries of one whose checksum is right.
#include <cstddef>

#include "base/big_endian.h"
#include "base/crc32c.h"
#include "base/error.h"
#include "tsdb/testing/memory_block.h"
#include "tsdb/tombstones.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace strata;        // NOLINT(google-build-using-namespace)
  using namespace strata::tsdb;  // NOLINT(google-build-using-namespace)
  const Buffer whole(data, data + size);
  Buffer framed{0x01, 0x30, 0xBA, 0x30, 0x01};
  append(framed, whole);
  append_be(framed, crc32c(whole));
  for (const Buffer& file : {whole, framed}) {
    try {
      (void)Tombstones::read(testing::MemorySource("tombstones", file));
    } catch (const Error&) {
      // What damage is for.
    }
  }
  return 0;
}
