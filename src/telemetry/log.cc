#include "telemetry/log.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "telemetry/log_line.h"

namespace strata::telemetry {
namespace {

std::string caller_of(const std::source_location& where) {
  std::string_view file = where.file_name();
  if (const auto slash = file.rfind('/'); slash != std::string_view::npos) {
    file.remove_prefix(slash + 1);
  }
  return fmt::format("{}:{}", file, where.line());
}

}  // namespace

std::string_view to_string(LogLevel level) {
  switch (level) {
    case LogLevel::kError:
      return "error";
    case LogLevel::kWarn:
      return "warn";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kDebug:
      return "debug";
  }
  return "";
}

std::optional<LogLevel> parse_log_level(std::string_view text) {
  for (const LogLevel level :
       {LogLevel::kError, LogLevel::kWarn, LogLevel::kInfo, LogLevel::kDebug}) {
    if (text == to_string(level)) {
      return level;
    }
  }
  return std::nullopt;
}

void DescriptorSink::write_line(std::string_view line) noexcept {
  const MutexLock lock(mutex_);
  while (!line.empty()) {
    const ssize_t written = ::write(fd_, line.data(), line.size());
    if (written >= 0) {
      line.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      return;
    }
  }
}

Logger::Logger(LogSink& sink, const Clock& clock, LoggerOptions options)
    : sink_(&sink),
      clock_(&clock),
      level_(options.level),
      format_(options.format),
      name_(std::make_shared<const std::string>(std::move(options.name))),
      bound_(std::make_shared<const std::vector<LogField>>()) {}

Logger Logger::with(std::vector<LogField> fields) const {
  Logger child = *this;
  std::vector<LogField> all = *bound_;
  all.insert(all.end(), fields.begin(), fields.end());
  child.bound_ = std::make_shared<const std::vector<LogField>>(std::move(all));
  return child;
}

void Logger::write(LogLevel level, std::string_view message, Fields fields,
                   const Where& where) const {
  if (!enabled(level)) {
    return;
  }
  std::vector<LogField> line;
  line.reserve(5 + bound_->size() + fields.size());
  line.push_back({"ts", format_rfc3339_nano(clock_->now())});
  line.push_back({"caller", caller_of(where)});
  line.push_back({"level", to_string(level)});
  if (!name_->empty()) {
    line.push_back({"name", *name_});
  }
  line.push_back({"msg", message});
  line.insert(line.end(), bound_->begin(), bound_->end());
  line.insert(line.end(), fields.begin(), fields.end());
  sink_->write_line(format_ == LogFormat::kJson ? encode_json(line) : encode_logfmt(line));
}

}  // namespace strata::telemetry
