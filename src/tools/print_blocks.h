#pragma once

#include <iosfwd>
#include <limits>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "block/meta.h"
#include "block/relabel.h"
#include "objstore/bucket.h"
#include "tools/table.h"

namespace strata::tools {

enum class BlockFormat {
  kPlain,  // the ULID
  kWide,   // one line of text
  kJson,   // meta.json
  kTsv,    // a header and one line each
};

// "" and "plain", "wide", "json", "tsv".
std::optional<BlockFormat> parse_block_format(std::string_view text);

struct PrintBlocksOptions {
  BlockFormat format = BlockFormat::kPlain;
  bool exclude_marked = false;  // for deletion
  // Blocks whose closed range touches [min_time, max_time].
  Timestamp min_time = std::numeric_limits<Timestamp>::min();
  Timestamp max_time = std::numeric_limits<Timestamp>::max();
  block::RelabelConfig selector = {};
};

struct PrintReport {
  std::size_t blocks = 0;
  std::vector<std::string> warnings;  // what of the bucket could not be read
};

// `tools bucket ls`: every whole block that passes, by ULID.
PrintReport print_blocks(std::stop_token stop, objstore::Bucket& bucket, const Clock& clock,
                         const PrintBlocksOptions& options, std::ostream& out);

// The columns of the block table, by the names that --sort-by takes.
const std::vector<std::string>& block_columns();

struct PrintTableOptions {
  TableFormat format = TableFormat::kTable;
  block::Labels selector = {};                           // labels that a block must have
  std::vector<std::string> sort_by = {"FROM", "UNTIL"};  // of block_columns(); ties by ULID
};

// `tools bucket inspect`. An unknown column is an invalid error.
PrintReport print_block_table(std::stop_token stop, objstore::Bucket& bucket, const Clock& clock,
                              const PrintTableOptions& options, std::ostream& out);

}  // namespace strata::tools
