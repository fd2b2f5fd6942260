#include "compact/testing/run_loop.h"

#include <filesystem>

namespace strata::compact::testing {
namespace {

class NoLog : public telemetry::LogSink {
 public:
  void write_line(std::string_view) noexcept override {}
};

}  // namespace

RunReport run_loop(objstore::Bucket& bucket, const Clock& clock, const RunSettings& settings,
                   telemetry::Registry& registry) {
  NoLog no_log;
  const Metrics metrics(registry, {.vertical = settings.vertical,
                                   .downsampling = settings.loop.retention.downsampling,
                                   .delete_delay = settings.loop.filters.delete_delay,
                                   .consistency_delay = settings.loop.filters.consistency_delay});
  block::SnapshotReader reader(bucket, {});
  MemoryBudget memory(std::uint64_t{32} << 20);
  ThreadBudget threads(settings.threads);
  UlidSource ulids(clock, settings.seed);
  Progress progress;
  const Workshop shop{
      .bucket = bucket,
      .clock = clock,
      .ulids = ulids,
      .memory = memory,
      .threads = threads,
      .metrics = metrics,
      .log = telemetry::Logger(settings.log != nullptr ? *settings.log : no_log, clock),
      .progress = progress,
      .options = {.plan = {.ranges = settings.ranges,
                           .max_index_size = settings.max_index_size,
                           .vertical = settings.vertical},
                  .merge_function = settings.merge_function,
                  .accept_malformed_index = settings.accept_malformed_index,
                  .spill_directory = std::filesystem::temp_directory_path()}};
  return Loop(reader, shop, settings.loop).run(settings.stop);
}

}  // namespace strata::compact::testing
