#include "base/task_group.h"

#include <gtest/gtest.h>

#include <atomic>

#include "base/error.h"

namespace strata {
namespace {

TEST(TaskGroup, FirstFailureStopsTheRest) {
  TaskGroup group;
  group.run([](const std::stop_token&) { throw Error(ErrorKind::kTransient, "503"); });
  group.run([](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      std::this_thread::yield();
    }
  });
  EXPECT_THROW(group.wait(), Error);
}

TEST(ParallelFor, RunsEveryIndexOnce) {
  for (const unsigned width : {1U, 3U, 100U}) {
    std::vector<std::atomic<int>> seen(50);
    parallel_for({}, width, seen.size(), [&](const std::stop_token&, std::size_t i) { ++seen[i]; });
    for (const auto& count : seen) {
      EXPECT_EQ(count, 1);
    }
  }
}

TEST(ParallelFor, RethrowsTheFirstFailure) {
  for (const unsigned width : {1U, 4U}) {
    EXPECT_THROW(parallel_for({}, width, 10,
                              [](const std::stop_token&, std::size_t i) {
                                if (i == 3) {
                                  throw Error(ErrorKind::kCorrupt, "third");
                                }
                              }),
                 Error);
  }
}

TEST(ParallelFor, SaysWhenAStopKeptWorkUndone) {
  std::stop_source stop;
  stop.request_stop();
  try {
    parallel_for(stop.get_token(), 2, 10, [](const std::stop_token&, std::size_t) {});
    FAIL() << "ended as if all was done";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kCancelled);
  }
}

}  // namespace
}  // namespace strata
