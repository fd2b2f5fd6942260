#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "tsdb/block_writer.h"
#include "tsdb/byte_source.h"
#include "tsdb/index_health.h"

namespace strata::tsdb {

// One thing that is wrong with a block.
struct Finding {
  std::string check;  // "symbols", "series", "postings", "segment", "chunk", "tombstones", "health"
  std::string message;
  ErrorPlace place;
};

struct BlockReport {
  std::vector<Finding> findings;                // the first kMaxFindings of each check
  std::map<std::string, std::uint64_t> counts;  // of all findings, by check
  BlockStats stats;                             // recounted
  HealthReport health;

  static constexpr std::uint64_t kMaxFindings = 20;
  bool ok() const { return counts.empty(); }
  void add(Finding finding);
};

struct VerifyOptions {
  bool chunks = true;  // read and decode every chunk; otherwise the index alone
  std::filesystem::path spill_directory;
  std::size_t memory = std::size_t{16} << 20;  // bytes of posting lists before they spill
};

// Reads everything of a block once and lists all that breaks the format, also what the reference
// accepts in silence: gaps between records, non-zero padding, posting lists that differ from the
// series, trailing bytes, samples out of order. Only a failing source (not what it holds) throws.
BlockReport verify_block(std::stop_token stop, const BlockSource& block, const TimeRange& range,
                         const VerifyOptions& options);

}  // namespace strata::tsdb
