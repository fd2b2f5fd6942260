#pragma once

#include <string>

#include "base/time.h"
#include "cmd/content_flag.h"
#include "telemetry/log.h"

namespace strata::cmd {

// Flags that every command takes, before or behind its name.
struct CommonFlags {
  std::string log_level;
  std::string log_format;
  std::string debug_name;
  ContentFlag tracing;
  bool auto_memory_limit = false;
  double auto_memory_ratio = 0;
};

void add_common_flags(Command& root, CommonFlags& flags);

// Throws invalid for what this version cannot do: journald, tracing, a ratio outside (0, 1].
void check_common_flags(const CommonFlags& flags);

telemetry::Logger make_logger(const CommonFlags& flags, telemetry::LogSink& sink,
                              const Clock& clock);

}  // namespace strata::cmd
