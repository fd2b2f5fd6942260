#include "cmd/program_flags.h"

#include <fmt/format.h>

#include "base/error.h"

namespace strata::cmd {

void add_common_flags(Command& root, CommonFlags& flags) {
  root.add_choice({"log.level", "Least level of log lines: error, warn, info, debug", "info"},
                  {"error", "warn", "info", "debug"}, flags.log_level);
  root.add_choice({"log.format", "Format of log lines: logfmt, json", "logfmt"},
                  {"logfmt", "json", "journald"}, flags.log_format);
  root.add_string(
      {.name = "debug.name", .help = "Written as name=… on every log line", .hidden = true},
      flags.debug_name);
  add_content_flag(root, "tracing.config", "tracing configuration (YAML)", flags.tracing);
  root.add_bool({"enable-auto-gomemlimit",
                 "Set the memory budget to a share of what the control group grants, or "
                 "else of the machine's memory"},
                flags.auto_memory_limit);
  root.add_double({"auto-gomemlimit.ratio", "That share, above 0 and at most 1", "0.9"},
                  flags.auto_memory_ratio);
}

void check_common_flags(const CommonFlags& flags) {
  if (flags.log_format == "journald") {
    throw_invalid("--log.format=journald is not supported; logfmt and json are");
  }
  if (!(flags.auto_memory_ratio > 0 && flags.auto_memory_ratio <= 1)) {
    throw_invalid(fmt::format("--auto-gomemlimit.ratio={} is not above 0 and at most 1",
                              flags.auto_memory_ratio));
  }
  if (!flags.tracing.read(/*expand=*/true).empty()) {
    throw_invalid(
        fmt::format("{}: tracing is not supported by this version", flags.tracing.where()));
  }
}

telemetry::Logger make_logger(const CommonFlags& flags, telemetry::LogSink& sink,
                              const Clock& clock) {
  const telemetry::LoggerOptions options{
      .level = telemetry::parse_log_level(flags.log_level).value_or(telemetry::LogLevel::kInfo),
      .format =
          flags.log_format == "json" ? telemetry::LogFormat::kJson : telemetry::LogFormat::kLogfmt,
      .name = flags.debug_name};
  return telemetry::Logger(sink, clock, options);
}

}  // namespace strata::cmd
