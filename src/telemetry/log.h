#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/duration.h"
#include "base/mutex.h"
#include "base/time.h"

namespace strata::telemetry {

enum class LogLevel { kError, kWarn, kInfo, kDebug };
enum class LogFormat { kLogfmt, kJson };

std::string_view to_string(LogLevel level);
std::optional<LogLevel> parse_log_level(std::string_view text);

class LogValue {
 public:
  using Any = std::variant<std::string, std::int64_t, std::uint64_t, double, bool>;

  LogValue(std::string text) : any_(std::move(text)) {}  // NOLINT(google-explicit-constructor)
  LogValue(std::string_view text)
      : any_(std::string(text)) {}                         // NOLINT(google-explicit-constructor)
  LogValue(const char* text) : any_(std::string(text)) {}  // NOLINT(google-explicit-constructor)
  LogValue(bool flag) : any_(flag) {}                      // NOLINT(google-explicit-constructor)
  LogValue(double number) : any_(number) {}                // NOLINT(google-explicit-constructor)
  template <typename Rep, typename Period>
  LogValue(std::chrono::duration<Rep, Period> duration)  // NOLINT(google-explicit-constructor)
      : any_(format_go_duration(duration)) {}
  template <std::signed_integral T>
  LogValue(T number)
      : any_(static_cast<std::int64_t>(number)) {}  // NOLINT(google-explicit-constructor)
  template <std::unsigned_integral T>
  LogValue(T number)
      : any_(static_cast<std::uint64_t>(number)) {}  // NOLINT(google-explicit-constructor)

  const Any& any() const { return any_; }

 private:
  Any any_;
};

struct LogField {
  std::string key;
  LogValue value;
};

// Receives whole lines, newline included, from any thread. Must not throw: a log that cannot be
// written is no reason to stop.
class LogSink {
 public:
  virtual ~LogSink() = default;
  virtual void write_line(std::string_view line) noexcept = 0;
};

// One write(2) per line; lines of several threads never mix. Does not own the descriptor.
class DescriptorSink : public LogSink {
 public:
  explicit DescriptorSink(int fd) : fd_(fd) {}
  void write_line(std::string_view line) noexcept override;

 private:
  Mutex mutex_;
  const int fd_;
};

struct LoggerOptions {
  LogLevel level = LogLevel::kInfo;
  LogFormat format = LogFormat::kLogfmt;
  std::string name = {};  // written as name=… after the level, unless empty
};

// A handle, cheap to copy and safe to use from any thread; the clock and the sink outlive all
// copies.
class Logger {
 public:
  using Fields = std::initializer_list<LogField>;
  using Where = std::source_location;

  Logger(LogSink& sink, const Clock& clock, LoggerOptions options = {});

  // The same logger with `fields` on every line, between the message and the line's own.
  Logger with(std::vector<LogField> fields) const;

  bool enabled(LogLevel level) const { return level <= level_; }

  void error(std::string_view message, Fields fields = {}, Where where = Where::current()) const {
    write(LogLevel::kError, message, fields, where);
  }
  void warn(std::string_view message, Fields fields = {}, Where where = Where::current()) const {
    write(LogLevel::kWarn, message, fields, where);
  }
  void info(std::string_view message, Fields fields = {}, Where where = Where::current()) const {
    write(LogLevel::kInfo, message, fields, where);
  }
  void debug(std::string_view message, Fields fields = {}, Where where = Where::current()) const {
    write(LogLevel::kDebug, message, fields, where);
  }

 private:
  void write(LogLevel level, std::string_view message, Fields fields, const Where& where) const;

  LogSink* sink_;
  const Clock* clock_;
  LogLevel level_;
  LogFormat format_;
  std::shared_ptr<const std::string> name_;
  std::shared_ptr<const std::vector<LogField>> bound_;
};

}  // namespace strata::telemetry
