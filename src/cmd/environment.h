#pragma once

#include <iosfwd>
#include <stop_token>

namespace strata::telemetry {
class LogSink;
}

namespace strata::cmd {

// What a command sees of the process around it.
struct Environment {
  std::ostream& out;        // results
  std::ostream& err;        // the one line of an error, progress
  telemetry::LogSink& log;  // where log lines go
  std::stop_token stop;     // SIGINT, SIGTERM
  bool err_is_terminal = false;
};

}  // namespace strata::cmd
