#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/duration.h"
#include "cmd/environment.h"

namespace CLI {
class App;
}

namespace strata::cmd {

struct Flag {
  std::string name;  // without dashes; "wait,w" has a short form
  std::string help;
  std::string fallback = {};  // the default as a user would write it; empty: none
  bool hidden = false;
};

struct Dispatch;

// One command of the program, such as "strata tools bucket ls", with its flags. The targets of
// flags get their default at once and the given value when the command line is parsed; they must
// live until the command has run. A handle.
class Command {
 public:
  using Setter = std::function<void(const std::string&)>;
  using Body = std::function<int(Environment&)>;

  Command(CLI::App& app, Dispatch& dispatch) : app_(&app), dispatch_(&dispatch) {}

  Command add_command(const std::string& name, const std::string& help);
  // Runs when this command was chosen; returns the exit status.
  void set_body(Body body);

  // `set` throws an Error for a bad value.
  void add(const Flag& flag, Setter set);
  void add_bool(const Flag& flag, bool& target);  // also --no-<name>
  void add_string(const Flag& flag, std::string& target);
  void add_strings(const Flag& flag,
                   std::vector<std::string>& target);  // may be given again and again
  void add_choice(const Flag& flag, const std::vector<std::string>& allowed, std::string& target);
  void add_int(const Flag& flag, std::int64_t& target);
  void add_double(const Flag& flag, double& target);
  void add_go_duration(const Flag& flag, std::chrono::nanoseconds& target);
  void add_prometheus_duration(const Flag& flag, std::chrono::nanoseconds& target);
  void add_bytes(const Flag& flag, std::uint64_t& target);
  void add_time(const Flag& flag, TimeOrDuration& target);

  // What stands on the command line without a flag, at least `min` of them.
  void add_arguments(const std::string& name, const std::string& help, std::size_t min,
                     std::vector<std::string>& target);

  // The flags of this command that were given, without dashes and in the order of their definition.
  std::vector<std::string> given_flags() const;

 private:
  using ValuesSetter = std::function<void(const std::vector<std::string>&)>;
  void add_values(const Flag& flag, bool repeated, ValuesSetter set);

  CLI::App* app_;
  Dispatch* dispatch_;
};

using AddCommands = std::function<void(Command& root)>;

// Parses, runs the chosen command and turns every failure into one line on `environment.err` and a
// status.
int run_command_line(const std::vector<std::string>& arguments, const AddCommands& add,
                     Environment& environment);

}  // namespace strata::cmd
