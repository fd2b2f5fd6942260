// The input is an index file without segments, and again one series entry behind a good checksum.
#include <cstddef>
#include <filesystem>

#include "base/error.h"
#include "tsdb/index/series_reader.h"
#include "tsdb/testing/memory_block.h"
#include "tsdb/verify_block.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace strata;        // NOLINT(google-build-using-namespace)
  using namespace strata::tsdb;  // NOLINT(google-build-using-namespace)
  const Buffer bytes(data, data + size);
  const testing::MemoryBlockSource block("fuzzed", {{"index", bytes}});
  const VerifyOptions options{
      .chunks = true, .spill_directory = std::filesystem::temp_directory_path(), .memory = 1 << 20};
  (void)verify_block({}, block, {.min = 0, .max = 7'200'000}, options);
  try {
    SeriesEntry entry;
    SeriesDecoder decoder{RankTable(Toc())};
    decoder.decode(bytes, bytes.size(), block.index(), entry);
  } catch (const Error&) {
    // What damage is for.
  }
  return 0;
}
