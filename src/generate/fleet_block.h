#pragma once

#include <cstdint>
#include <span>
#include <stop_token>
#include <string_view>
#include <vector>

#include "generate/catalog.h"
#include "generate/fleet.h"
#include "generate/options.h"
#include "generate/series_encoder.h"
#include "generate/symbols.h"
#include "tsdb/block_writer.h"

namespace strata::generate {

// One block of one replica.
struct FleetBlock {
  std::int64_t number = 0;  // from the start of the fleet
  std::size_t replica = 0;
};

// Receives the symbols and then the series of a block, both ascending.
class SeriesSink {
 public:
  virtual ~SeriesSink() = default;
  virtual void add_symbol(std::string_view symbol) = 0;
  virtual void add_series(std::span<const tsdb::LabelRef> labels,
                          std::span<const tsdb::ChunkView> chunks) = 0;
};

// Makes a block's series in label order, holding one of them at a time. Used once, by one thread;
// several blocks at once need one object each.
class FleetBlockMaker {
 public:
  FleetBlockMaker(const FleetOptions& options, FleetBlock block);

  // Throws cancelled when stopped.
  void make(std::stop_token stop, SeriesSink& sink);
  TimeRange range() const { return fleet_.block_range(block_.number); }
  const Symbols& symbols() const { return symbols_; }

 private:
  void lay_out_labels(const Family& family);
  void make_group(const Family& family, const Group& group, SeriesSink& sink);
  void make_target(const Family& family, const Group& group, const Target& target,
                   SeriesSink& sink);

  const FleetOptions options_;
  const FleetBlock block_;
  const Fleet fleet_;
  const Catalog catalog_;
  const Symbols symbols_;
  std::stop_token stop_;
  SeriesEncoder encoder_;

  // The labels of the series being made, and where in them the changing values are.
  std::vector<tsdb::LabelRef> labels_;
  std::size_t instance_at_ = 0;
  std::size_t job_at_ = 0;
  std::size_t namespace_at_ = 0;
  std::size_t pod_at_ = 0;
  std::vector<std::size_t> leaf_at_;
  std::vector<std::uint32_t> leaf_values_;  // of all leaves of the group, one behind the other
};

}  // namespace strata::generate
