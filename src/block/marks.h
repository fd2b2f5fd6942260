#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/ulid.h"
#include "objstore/bucket.h"

namespace strata::block {

enum class MarkKind : std::uint8_t { kDeletion, kNoCompact, kNoDownsample };
inline constexpr std::array kMarkKinds = {MarkKind::kDeletion, MarkKind::kNoCompact,
                                          MarkKind::kNoDownsample};

// The reasons that the reference knows; others are kept as they stand.
inline constexpr std::string_view kReasonManual = "manual";
inline constexpr std::string_view kReasonIndexSize = "index-size-exceeding";
inline constexpr std::string_view kReasonOutOfOrderChunk = "block-index-out-of-order-chunk";
inline constexpr std::string_view kReasonVerticalDownsample = "downsample-vertical-compaction";

struct Mark {
  MarkKind kind = MarkKind::kDeletion;
  Ulid block;
  std::string details;
  std::int64_t time_s = 0;  // when it was marked, Unix seconds
  std::string reason;       // not of deletion marks
};

// "deletion-mark.json", "no-compact-mark.json", "no-downsample-mark.json".
std::string_view mark_file(MarkKind kind);
std::string mark_object(MarkKind kind, const Ulid& block);

// Throws corrupt for what does not parse, invalid for a version other than 1.
Mark parse_mark(MarkKind kind, std::string_view json, const std::string& file);
// Compact JSON without a newline.
std::string format_mark(const Mark& mark);

enum class MarkPut { kWritten, kAlreadyThere };

// An existing mark stays as it is, whoever wrote it, even if it appeared in this moment.
MarkPut put_mark(std::stop_token stop, objstore::Bucket& bucket, const Mark& mark);
// Empty when there is none; errors as parse_mark.
std::optional<Mark> read_mark(std::stop_token stop, objstore::Bucket& bucket, MarkKind kind,
                              const Ulid& block);
// False when there was none.
bool remove_mark(std::stop_token stop, objstore::Bucket& bucket, MarkKind kind, const Ulid& block);

}  // namespace strata::block
