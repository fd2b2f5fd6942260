#include "cmd/progress_line.h"

#include <chrono>
#include <utility>

namespace strata::cmd {
namespace {

constexpr std::chrono::milliseconds kPeriod{500};
constexpr std::string_view kEraseLine = "\r\x1b[K";

}  // namespace

ProgressLine::ProgressLine(telemetry::LogSink& log, std::ostream& terminal,
                           std::function<std::string()> describe)
    : log_(log),
      terminal_(terminal),
      describe_(std::move(describe)),
      drawer_([this](const std::stop_token& stop) { keep_drawing(stop); }) {}

ProgressLine::~ProgressLine() {
  drawer_.request_stop();
  drawer_.join();
  const std::lock_guard lock(mutex_);
  draw("");
}

void ProgressLine::write_line(std::string_view line) noexcept {
  const std::lock_guard lock(mutex_);
  draw("");
  log_.write_line(line);
}

void ProgressLine::keep_drawing(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    draw(describe_());
    wake_.wait_for(lock, stop, kPeriod, [] { return false; });
  }
}

void ProgressLine::draw(const std::string& text) {
  terminal_ << kEraseLine << text << std::flush;
}

}  // namespace strata::cmd
