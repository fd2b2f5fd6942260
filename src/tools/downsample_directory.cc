#include "tools/downsample_directory.h"

#include <fmt/format.h>

#include "base/error.h"
#include "block/downsampled_meta.h"
#include "tools/block_directory.h"
#include "tsdb/file_block.h"

namespace strata::tools {
namespace {

namespace fs = std::filesystem;

std::string to_string(block::Resolution resolution) {
  switch (resolution) {
    case block::kRaw:
      return "raw";
    case block::k5m:
      return "5m";
    case block::k1h:
      return "1h";
    default:
      return fmt::format("{} ms", resolution);
  }
}

void require_source(const block::Meta& meta, downsample::Resolution target) {
  const block::Resolution wanted = target == downsample::k1h ? block::k5m : block::kRaw;
  if (meta.thanos.resolution != wanted) {
    throw Error(ErrorKind::kInvalid,
                fmt::format("a block of {} is made from one of {}, not of {}", to_string(target),
                            to_string(wanted), to_string(meta.thanos.resolution)),
                {.block = meta.ulid.to_string(), .file = {}, .offset = std::nullopt});
  }
}

}  // namespace

DownsampledDirectory downsample_directory(std::stop_token stop, const fs::path& input,
                                          const fs::path& out, UlidSource& ulids,
                                          MemoryBudget& budget,
                                          const DownsampleDirectoryOptions& options) {
  const block::Meta meta = read_meta(input);
  require_source(meta, options.target);
  const tsdb::FileBlockSource source(input);
  make_directory(out);
  DownsampledDirectory made{.block = ulids.next(), .result = {}};
  tsdb::FileBlockSink sink(out, made.block.to_string());
  made.result = downsample::downsample_block(std::move(stop), source, sink,
                                             {.target = options.target,
                                              .segment_size = options.segment_size,
                                              .spill_directory = out,
                                              .threads = options.threads,
                                              .budget = &budget});
  const block::Meta written =
      block::downsampled_meta(meta, made.block, options.target, made.result.written);
  sink.write_file(std::string(block::kMetaFile), block::format_meta(written));
  sink.publish();
  return made;
}

}  // namespace strata::tools
