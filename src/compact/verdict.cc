#include "compact/verdict.h"

namespace strata::compact {
namespace {

Verdict judge_trouble(Trouble trouble, bool names_block, const VerdictOptions& options) {
  const std::string reason(to_string(trouble));
  switch (trouble) {
    case Trouble::kChunksAtEnd:
      return {Action::kRepairBlock, reason};
    case Trouble::kOutOfOrderChunks:
      return {options.skip_out_of_order_chunks ? Action::kMarkBlock : Action::kSetGroupAside,
              reason};
    case Trouble::kBrokenBlock:
    case Trouble::kUnknownEncoding:
      return {names_block ? Action::kSetBlockAside : Action::kSetGroupAside, reason};
    case Trouble::kOverlap:
    case Trouble::kSharedSources:
    case Trouble::kResultOverlaps:
    case Trouble::kChunksOutside:
    case Trouble::kOutOfOrderLabels:
    case Trouble::kBrokenData:
    case Trouble::kBooksDoNotBalance:
      break;
  }
  return {Action::kSetGroupAside, reason};
}

Verdict judge_kind(ErrorKind kind, const VerdictOptions& options) {
  switch (kind) {
    case ErrorKind::kTransient:
    case ErrorKind::kConflict:
    case ErrorKind::kNotFound:  // an input is gone: somebody else was faster, a new snapshot shows
                                // it
      return {options.attempts_left > 0 ? Action::kRetry : Action::kSetGroupAside, "unavailable"};
    case ErrorKind::kCorrupt:
      return {Action::kSetGroupAside, std::string(to_string(Trouble::kBrokenData))};
    case ErrorKind::kInvalid:
      return {Action::kSetGroupAside, "invalid"};
    case ErrorKind::kDenied:
    case ErrorKind::kExhausted:
    case ErrorKind::kCancelled:
      break;
  }
  return {Action::kGiveUp, std::string(to_string(kind))};
}

}  // namespace

std::string_view to_string(Trouble trouble) {
  switch (trouble) {
    case Trouble::kOverlap:
      return "overlap";
    case Trouble::kSharedSources:
      return "shared-sources";
    case Trouble::kResultOverlaps:
      return "result-overlaps";
    case Trouble::kChunksOutside:
      return "chunks-outside";
    case Trouble::kChunksAtEnd:
      return "chunks-at-end";
    case Trouble::kOutOfOrderChunks:
      return "out-of-order-chunks";
    case Trouble::kOutOfOrderLabels:
      return "out-of-order-labels";
    case Trouble::kBrokenBlock:
      return "broken-block";
    case Trouble::kUnknownEncoding:
      return "unknown-encoding";
    case Trouble::kBrokenData:
      return "broken-data";
    case Trouble::kBooksDoNotBalance:
      return "books";
  }
  return "";
}

Verdict verdict(const Error& error, const VerdictOptions& options) {
  if (const auto* job_error = dynamic_cast<const JobError*>(&error)) {
    return judge_trouble(job_error->trouble(), !error.place().block.empty(), options);
  }
  return judge_kind(error.kind(), options);
}

// Blocks are downsampled on their own: what sets a group aside sets aside this block alone.
Verdict downsample_verdict(const Error& error, unsigned attempts_left) {
  Verdict judged = verdict(error, {.attempts_left = attempts_left});
  if (judged.action != Action::kRetry && judged.action != Action::kGiveUp) {
    judged.action = Action::kSetBlockAside;
  }
  return judged;
}

}  // namespace strata::compact
