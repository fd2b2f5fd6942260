#include "compact/verdict.h"

#include <gtest/gtest.h>

#include <memory>

namespace strata::compact {
namespace {

std::shared_ptr<Error> plain(ErrorKind kind) {
  return std::make_shared<Error>(kind, "it broke");
}

std::shared_ptr<Error> trouble(Trouble what, const char* block = "") {
  return std::make_shared<JobError>(what, "it broke",
                                    ErrorPlace{.block = block, .file = {}, .offset = {}});
}

TEST(Verdict, JudgesEveryFailure) {
  struct Case {
    std::shared_ptr<Error> error;
    VerdictOptions options;
    Action want;
    const char* reason;
  };
  const VerdictOptions none;
  const VerdictOptions skip{.skip_out_of_order_chunks = true};
  const VerdictOptions again{.attempts_left = 1};
  const Case cases[] = {
      {plain(ErrorKind::kTransient), again, Action::kRetry, "unavailable"},
      {plain(ErrorKind::kTransient), none, Action::kSetGroupAside, "unavailable"},
      {plain(ErrorKind::kConflict), again, Action::kRetry, "unavailable"},
      {plain(ErrorKind::kConflict), none, Action::kSetGroupAside, "unavailable"},
      {plain(ErrorKind::kNotFound), again, Action::kRetry, "unavailable"},
      {plain(ErrorKind::kNotFound), none, Action::kSetGroupAside, "unavailable"},
      {plain(ErrorKind::kCorrupt), again, Action::kSetGroupAside, "broken-data"},
      {plain(ErrorKind::kInvalid), again, Action::kSetGroupAside, "invalid"},
      {plain(ErrorKind::kDenied), again, Action::kGiveUp, "denied"},
      {plain(ErrorKind::kExhausted), again, Action::kGiveUp, "exhausted"},
      {plain(ErrorKind::kCancelled), again, Action::kGiveUp, "cancelled"},
      {trouble(Trouble::kOverlap), again, Action::kSetGroupAside, "overlap"},
      {trouble(Trouble::kSharedSources), again, Action::kSetGroupAside, "shared-sources"},
      {trouble(Trouble::kResultOverlaps), again, Action::kSetGroupAside, "result-overlaps"},
      {trouble(Trouble::kChunksOutside, "A"), skip, Action::kSetGroupAside, "chunks-outside"},
      {trouble(Trouble::kChunksAtEnd, "A"), none, Action::kRepairBlock, "chunks-at-end"},
      {trouble(Trouble::kOutOfOrderChunks, "A"), none, Action::kSetGroupAside,
       "out-of-order-chunks"},
      {trouble(Trouble::kOutOfOrderChunks, "A"), skip, Action::kMarkBlock, "out-of-order-chunks"},
      {trouble(Trouble::kOutOfOrderLabels, "A"), skip, Action::kSetGroupAside,
       "out-of-order-labels"},
      {trouble(Trouble::kBrokenBlock, "A"), none, Action::kSetBlockAside, "broken-block"},
      {trouble(Trouble::kBrokenBlock), none, Action::kSetGroupAside, "broken-block"},
      {trouble(Trouble::kUnknownEncoding, "A"), none, Action::kSetBlockAside, "unknown-encoding"},
      {trouble(Trouble::kBrokenData, "A"), none, Action::kSetGroupAside, "broken-data"},
      {trouble(Trouble::kBooksDoNotBalance), again, Action::kSetGroupAside, "books"},
  };
  for (const Case& c : cases) {
    const Verdict got = verdict(*c.error, c.options);
    SCOPED_TRACE(c.reason);
    EXPECT_EQ(got.action, c.want);
    EXPECT_EQ(got.reason, c.reason);
  }
}

TEST(Verdict, OfDownsamplingConcernsOneBlock) {
  struct Case {
    std::shared_ptr<Error> error;
    unsigned attempts_left;
    Action want;
    const char* reason;
  };
  const Case cases[] = {
      {plain(ErrorKind::kTransient), 1, Action::kRetry, "unavailable"},
      {plain(ErrorKind::kTransient), 0, Action::kSetBlockAside, "unavailable"},
      {plain(ErrorKind::kInvalid), 1, Action::kSetBlockAside, "invalid"},
      {plain(ErrorKind::kDenied), 1, Action::kGiveUp, "denied"},
      {plain(ErrorKind::kExhausted), 1, Action::kGiveUp, "exhausted"},
      {plain(ErrorKind::kCancelled), 1, Action::kGiveUp, "cancelled"},
      {trouble(Trouble::kChunksAtEnd, "A"), 1, Action::kSetBlockAside, "chunks-at-end"},
      {trouble(Trouble::kOutOfOrderChunks, "A"), 1, Action::kSetBlockAside, "out-of-order-chunks"},
      {trouble(Trouble::kBrokenData, "A"), 1, Action::kSetBlockAside, "broken-data"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.reason);
    const Verdict got = downsample_verdict(*c.error, c.attempts_left);
    EXPECT_EQ(got.action, c.want);
    EXPECT_EQ(got.reason, c.reason);
  }
}

}  // namespace
}  // namespace strata::compact
