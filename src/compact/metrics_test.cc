#include "compact/metrics.h"

#include <gtest/gtest.h>

#include "telemetry/metrics.h"

namespace strata::compact {
namespace {

TEST(Metrics, ForgetWhatTheLastRunSetAside) {
  telemetry::Registry registry;
  Metrics metrics(registry, {});
  const telemetry::Labels labels{{"reason", "overlap"}};
  metrics.group_set_aside("overlap");
  metrics.block_set_aside("overlap");
  metrics.block_set_aside("overlap");
  EXPECT_EQ(telemetry::read_value(registry, "thanos_compact_halted"), 1);
  EXPECT_EQ(telemetry::read_value(registry, "strata_compact_groups_set_aside", labels), 1);
  EXPECT_EQ(telemetry::read_value(registry, "strata_compact_blocks_set_aside", labels), 2);
  metrics.forget_set_aside();
  EXPECT_EQ(telemetry::read_value(registry, "thanos_compact_halted"), 0);
  EXPECT_EQ(telemetry::read_value(registry, "strata_compact_groups_set_aside", labels),
            std::nullopt);
  EXPECT_EQ(telemetry::read_value(registry, "strata_compact_blocks_set_aside", labels),
            std::nullopt);
  metrics.block_set_aside("overlap");
  EXPECT_EQ(telemetry::read_value(registry, "strata_compact_blocks_set_aside", labels), 1);
}

}  // namespace
}  // namespace strata::compact
