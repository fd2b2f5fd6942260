#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <ostream>
#include <string>
#include <string_view>
#include <thread>

#include "telemetry/log.h"

namespace strata::cmd {

// Keeps one line about the present state at the bottom of a terminal, below the log lines that pass
// through it.
class ProgressLine : public telemetry::LogSink {
 public:
  // `describe` is asked twice a second, from another thread.
  ProgressLine(telemetry::LogSink& log, std::ostream& terminal,
               std::function<std::string()> describe);
  ~ProgressLine() override;

  void write_line(std::string_view line) noexcept override;

 private:
  void keep_drawing(const std::stop_token& stop);
  void draw(const std::string& text);

  telemetry::LogSink& log_;
  std::ostream& terminal_;
  const std::function<std::string()> describe_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread drawer_;  // last: it uses all of the above
};

}  // namespace strata::cmd
