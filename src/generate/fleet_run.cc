#include "generate/fleet_run.h"

#include <algorithm>
#include <vector>

#include "base/task_group.h"
#include "generate/fleet_block.h"
#include "generate/random.h"

namespace strata::generate {
namespace {

constexpr std::uint64_t kLeastPostingsMemory = std::uint64_t{1} << 20;

class WriterSink : public SeriesSink {
 public:
  explicit WriterSink(tsdb::BlockWriter& writer) : writer_(writer) {}
  void add_symbol(std::string_view symbol) override { writer_.add_symbol(symbol); }
  void add_series(std::span<const tsdb::LabelRef> labels,
                  std::span<const tsdb::ChunkView> chunks) override {
    writer_.add_series(labels, chunks);
  }

 private:
  tsdb::BlockWriter& writer_;
};

// A block appears right after its range has ended.
Ulid make_ulid(const FleetOptions& options, const FleetBlock& block, Timestamp end) {
  const ManualClock clock(std::max<Timestamp>(end, 0));
  UlidSource source(clock, mix(options.seed, static_cast<std::uint64_t>(end), block.replica));
  return source.next();
}

void make_block(std::stop_token stop, const FleetOptions& options, const FleetBlock& block,
                const Output& output) {
  FleetBlockMaker maker(options, block);
  GeneratedBlock made;
  made.range = maker.range();
  made.ulid = make_ulid(options, block, made.range.max);
  made.labels = options.labels;
  if (!options.replicas.empty()) {
    made.labels["replica"] = options.replicas[block.replica];
  }
  tsdb::WriterOptions writer_options;
  writer_options.postings_memory =
      std::max(options.postings_memory / options.threads, kLeastPostingsMemory);
  writer_options.spill_directory = output.spill_directory;
  const auto sink = output.open(made.ulid);
  tsdb::BlockWriter writer(*sink, writer_options);
  WriterSink series(writer);
  maker.make(std::move(stop), series);
  made.written = writer.finish();
  output.publish(made, *sink);
}

}  // namespace

void generate_fleet(std::stop_token stop, const FleetOptions& options, const Output& output) {
  const Fleet fleet(options);
  const auto blocks =
      static_cast<std::size_t>(fleet.block_at(options.start + options.span_ms - 1) + 1);
  const std::size_t replicas = std::max<std::size_t>(options.replicas.size(), 1);
  parallel_for(std::move(stop), options.threads, blocks * replicas,
               [&](const std::stop_token& token, std::size_t task) {
                 const FleetBlock block{static_cast<std::int64_t>(task / replicas),
                                        task % replicas};
                 make_block(token, options, block, output);
               });
}

}  // namespace strata::generate
