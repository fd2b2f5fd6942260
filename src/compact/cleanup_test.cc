#include "compact/cleanup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compact/testing/make_meta.h"

namespace strata::compact {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using testing::id_of;
using ::testing::IsEmpty;
using testing::numbers;

constexpr Timestamp kNow = 1'700'000'000'000;

block::Mark deletion(std::uint64_t id, std::int64_t time_s) {
  return {.kind = block::MarkKind::kDeletion,
          .block = id_of(id),
          .details = {},
          .time_s = time_s,
          .reason = {}};
}

block::BlockEntry partial(Timestamp newest, block::BlockState state = block::BlockState::kNoMeta) {
  block::BlockEntry entry;
  entry.state = state;
  entry.files.newest = newest;
  return entry;
}

TEST(Cleanup, PurgesBlocksMarkedForLongerThanTheDelay) {
  block::BlockView view;
  view.deletion_marks = {{id_of(1), deletion(1, kNow / 1000 - 3600)},
                         {id_of(2), deletion(2, kNow / 1000 - 3601)},
                         {id_of(3), deletion(3, kNow / 1000 + 3601)},
                         {id_of(4), deletion(4, INT64_MAX)},
                         {id_of(5), deletion(5, INT64_MIN)}};
  EXPECT_THAT(numbers(blocks_to_purge({}, view, 1h, kNow)), ElementsAre(2, 5));
  EXPECT_THAT(numbers(blocks_to_purge({}, view, 1h, kNow + 1)), ElementsAre(1, 2, 5));
  EXPECT_THAT(numbers(blocks_to_purge({}, view, 0h, kNow)), ElementsAre(1, 2, 5));
}

TEST(Cleanup, PurgesWhatAnInterruptedRemovalLeft) {
  block::Snapshot snapshot;
  snapshot.blocks[id_of(1)] = partial(kNow);
  snapshot.blocks[id_of(1)].marks[0] = block::BlockMark{deletion(1, kNow / 1000 - 7200), ""};
  snapshot.blocks[id_of(2)] = partial(kNow);
  snapshot.blocks[id_of(2)].marks[0] = block::BlockMark{deletion(2, kNow / 1000 - 60), ""};
  snapshot.blocks[id_of(3)] = partial(kNow);
  snapshot.blocks[id_of(3)].marks[0] = block::BlockMark{{}, "version 9"};
  // Whole, but filtered out: another compactor's.
  snapshot.blocks[id_of(4)] = partial(kNow, block::BlockState::kWhole);
  snapshot.blocks[id_of(4)].marks[0] = block::BlockMark{deletion(4, 0), ""};
  EXPECT_THAT(numbers(blocks_to_purge(snapshot, {}, 1h, kNow)), ElementsAre(1));
}

TEST(Cleanup, CollectsDuplicatesThatAreNotMarkedYet) {
  block::BlockView view;
  view.duplicates = {id_of(1), id_of(2), id_of(3)};
  view.deletion_marks = {{id_of(2), deletion(2, 0)}};
  EXPECT_THAT(numbers(garbage(view, {id_of(3)})), ElementsAre(1));
  EXPECT_THAT(numbers(garbage(view, {})), ElementsAre(1, 3));
}

TEST(Cleanup, TakesPartialBlocksForAbortedAfterTwoDays) {
  constexpr Timestamp kTwoDays = 48 * 3'600'000;
  block::Snapshot snapshot;
  snapshot.blocks[id_of(1)] = partial(kNow - kTwoDays);
  snapshot.blocks[id_of(2)] = partial(kNow - kTwoDays - 1);
  snapshot.blocks[id_of(3)] = partial(kNow - kTwoDays - 1, block::BlockState::kCorruptMeta);
  snapshot.blocks[id_of(4)] = partial(kNow - kTwoDays - 1, block::BlockState::kWhole);
  snapshot.blocks[id_of(5)] = partial(kNow - kTwoDays - 1, block::BlockState::kFailed);
  snapshot.blocks[id_of(6)] = partial(kNow - kTwoDays - 1);
  snapshot.blocks[id_of(6)].marks[0] = block::BlockMark{deletion(6, kNow / 1000), ""};
  EXPECT_THAT(numbers(aborted_uploads(snapshot, kNow)), ElementsAre(2, 3));
  EXPECT_THAT(aborted_uploads({}, kNow), IsEmpty());
}

}  // namespace
}  // namespace strata::compact
