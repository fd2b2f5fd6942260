#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "base/ulid.h"
#include "block/marks.h"
#include "objstore/bucket.h"

namespace strata::tools {

// From the name of its file.
std::optional<block::MarkKind> parse_mark_kind(std::string_view file);

struct MarkBlocksOptions {
  block::MarkKind kind = block::MarkKind::kDeletion;
  std::vector<Ulid> ids = {};
  std::string details = {};
  bool remove = false;
};

enum class MarkChange { kWritten, kAlreadyThere, kRemoved, kWasNotThere };

struct MarkedBlock {
  Ulid block;
  MarkChange change;
};

// `tools bucket mark`: puts or removes one kind of mark, with the reason "manual". An existing mark
// stays as it is. Before any mark is put, all blocks are looked for: one of which the bucket has no
// object is a not_found error.
std::vector<MarkedBlock> change_marks(std::stop_token stop, objstore::Bucket& bucket,
                                      const Clock& clock, const MarkBlocksOptions& options);

}  // namespace strata::tools
