#include <unistd.h>

#include <iostream>
#include <string>
#include <vector>

#include "cmd/environment.h"
#include "cmd/program.h"
#include "cmd/signals.h"
#include "telemetry/log.h"

int main(int argc, char** argv) {
  const strata::cmd::StopOnSignals signals;
  strata::telemetry::DescriptorSink log(STDERR_FILENO);
  strata::cmd::Environment environment{.out = std::cout,
                                       .err = std::cerr,
                                       .log = log,
                                       .stop = signals.token(),
                                       .err_is_terminal = isatty(STDERR_FILENO) == 1};
  return strata::cmd::run_program(std::vector<std::string>(argv + 1, argv + argc), environment);
}
