#include "generate/fleet.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "generate/symbols.h"

namespace strata::generate {
namespace {

FleetOptions options_for(std::uint64_t series) {
  FleetOptions options;
  options.series = series;
  options.churn = 0.3;
  options.restarts = 0.2;
  return options;
}

TEST(Fleet, HasExactlyTheWantedSeries) {
  for (const std::uint64_t series : {1U, 7U, 8U, 300U, 12'345U}) {
    const Fleet fleet(options_for(series));
    std::uint64_t total = 0;
    for (std::uint64_t slot = 0; slot < fleet.slots(); ++slot) {
      EXPECT_LE(fleet.series_of(slot), fleet.most_series());
      total += fleet.series_of(slot);
    }
    EXPECT_EQ(total, series);
  }
}

TEST(Fleet, ReplacesTheWantedShareOfPodsPerBlock) {
  const Fleet fleet(options_for(200'000));
  for (std::int64_t block = 0; block < 5; ++block) {
    std::uint64_t replaced = 0;
    for (std::uint64_t slot = 0; slot < fleet.slots(); ++slot) {
      replaced += fleet.generation(slot, block + 1) - fleet.generation(slot, block);
    }
    EXPECT_NEAR(static_cast<double>(replaced) / static_cast<double>(fleet.slots()), 0.3, 0.05);
  }
}

TEST(Fleet, LifetimesAreInOrderAndWithinTheBlock) {
  const Fleet fleet(options_for(50'000));
  std::size_t interrupted = 0;
  for (std::int64_t block = 0; block < 6; ++block) {
    const TimeRange range = fleet.block_range(block);
    for (TargetCursor cursor(fleet, block); !cursor.at_end(); cursor.next()) {
      Timestamp last = range.min;
      const Lifetime life = fleet.lifetime(cursor.target(), block);
      interrupted += life.count > 1 ? 1 : 0;
      for (const Epoch& epoch : life.all()) {
        EXPECT_LE(last, epoch.from);
        EXPECT_LT(epoch.from, epoch.to);
        EXPECT_LE(epoch.to, range.max);
        EXPECT_LE(epoch.started, epoch.from);
        last = epoch.to;
      }
    }
  }
  EXPECT_GT(interrupted, 0U);
}

TEST(Fleet, AProcessThatLivesOnKeepsItsStart) {
  const Fleet fleet(options_for(20'000));
  for (std::int64_t block = 0; block < 6; ++block) {
    for (std::uint64_t slot = 0; slot < fleet.slots(); ++slot) {
      const std::uint32_t generation = fleet.generation(slot, block + 1);
      const Lifetime before = fleet.lifetime({slot, generation}, block);
      const Lifetime after = fleet.lifetime({slot, generation}, block + 1);
      if (before.count > 0 && after.count > 0 && !before.epochs[before.count - 1].ends_stale) {
        EXPECT_EQ(before.epochs[before.count - 1].started, after.epochs[0].started);
      }
    }
  }
}

TEST(Fleet, BlocksEndAtMultiplesOfTheirLength) {
  FleetOptions options = options_for(10);
  options.start += 1'800'000;
  const Fleet fleet(options);
  EXPECT_EQ(fleet.block_range(0).min, options.start);
  EXPECT_EQ(fleet.block_range(0).max % options.block_ms, 0);
  EXPECT_EQ(fleet.block_range(1).min, fleet.block_range(0).max);
  EXPECT_EQ(fleet.block_at(options.start + options.span_ms - 1), 12);
}

TEST(Fleet, RefusesOptionsThatMakeNoSense) {
  const auto with = [](auto change) {
    FleetOptions options;
    change(options);
    return options;
  };
  EXPECT_THROW(check(with([](FleetOptions& o) { o.series = 0; })), Error);
  EXPECT_THROW(check(with([](FleetOptions& o) { o.interval_ms = 0; })), Error);
  EXPECT_THROW(check(with([](FleetOptions& o) { o.block_ms = 1; })), Error);
  EXPECT_THROW(check(with([](FleetOptions& o) { o.churn = 1.5; })), Error);
  EXPECT_THROW(check(with([](FleetOptions& o) { o.native = -0.1; })), Error);
  EXPECT_THROW(check(with([](FleetOptions& o) {
                 o.replicas = {"a"};
                 o.labels["replica"] = "b";
               })),
               Error);
  EXPECT_NO_THROW(check(FleetOptions()));
}

TEST(Symbols, AreAscendingAndWhereTheyAreSaidToBe) {
  const Fleet fleet(options_for(9'000));
  const Catalog catalog(0.1, fleet.most_series());
  for (const std::int64_t block : {0, 3}) {
    const Symbols symbols(fleet, catalog, block);
    std::vector<std::string> table;
    symbols.for_each([&](std::string_view symbol) {
      if (!table.empty()) {
        EXPECT_LT(table.back(), symbol);
      }
      table.emplace_back(symbol);
    });
    for (const auto& text : catalog.symbols()) {
      EXPECT_EQ(table.at(symbols.fixed(text)), text);
    }
    Symbols::Targets positions(symbols);
    for (TargetCursor cursor(fleet, block); !cursor.at_end(); cursor.next()) {
      positions.advance();
      EXPECT_EQ(table.at(positions.instance()), fleet.instance(cursor.target()));
      EXPECT_EQ(table.at(positions.pod()), fleet.pod(cursor.target()));
      const std::size_t job = fleet.job(cursor.target().slot);
      EXPECT_EQ(table.at(symbols.job(job)), fleet.job_name(job));
      EXPECT_EQ(table.at(symbols.namespace_of(job)), fleet.namespace_name(job));
    }
  }
}

TEST(Symbols, NeedNoMemoryPerTarget) {
  const Fleet fleet(options_for(4'000'000));
  const Catalog catalog(0, fleet.most_series());
  const Symbols symbols(fleet, catalog, 2);
  EXPECT_GT(fleet.slots(), 15'000U);
  EXPECT_LE(symbols.runs(), 2 * fleet.jobs() + 4);
}

}  // namespace
}  // namespace strata::generate
