#include "cmd/command.h"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <charconv>
#include <ostream>

#include "base/error.h"
#include "cmd/arguments.h"
#include "cmd/command_line.h"
#include "cmd/version.h"

namespace strata::cmd {
namespace {

struct Names {
  std::string name;
  char letter = 0;
};

Names split_names(const std::string& text) {
  const std::size_t comma = text.find(',');
  return {text.substr(0, comma), comma == std::string::npos ? '\0' : text.back()};
}

void remember(Dispatch& dispatch, const CLI::App* app, const Names& names, bool takes_value) {
  Dispatch::Shape& shape = dispatch.shapes[app];
  shape.flags[names.name] = takes_value;
  if (names.letter != 0) {
    shape.short_flags[names.letter] = names.name;
  }
}

std::string option_names(const Names& names) {
  return names.letter == 0 ? "--" + names.name : fmt::format("-{},--{}", names.letter, names.name);
}

std::int64_t parse_int(const std::string& text) {
  const bool is_hex = text.starts_with("0x") || text.starts_with("0X");
  const char* begin = text.data() + (is_hex ? 2 : text.starts_with('+') ? 1 : 0);
  const char* end = text.data() + text.size();
  std::int64_t value = 0;
  const auto [stopped, error] = std::from_chars(begin, end, value, is_hex ? 16 : 10);
  if (error != std::errc() || stopped != end || (is_hex && *begin == '-')) {
    throw_invalid(fmt::format("\"{}\" is not a whole number", text));
  }
  return value;
}

double parse_double(const std::string& text) {
  double value = 0;
  const char* begin = text.data() + (text.starts_with('+') ? 1 : 0);
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(begin, end, value);
  if (error != std::errc() || stopped != end) {
    throw_invalid(fmt::format("\"{}\" is not a number", text));
  }
  return value;
}

// Thrown by the flags that print something instead of running a command.
struct Printed {
  std::string text;
};

void add_printing_flag(CLI::App& app, Dispatch& dispatch, const Names& names,
                       const std::string& help, const std::function<std::string()>& text) {
  remember(dispatch, &app, names, false);
  app.add_flag_function(
         option_names(names), [text](std::int64_t) { throw Printed{text()}; }, help)
      ->trigger_on_parse();
}

// "strata tools" for the usage line of "strata tools bucket".
std::string path_of_parent(const CLI::App& app, const Dispatch& dispatch) {
  std::string path;
  for (const CLI::App* at = dispatch.shapes.at(&app).parent; at != nullptr;
       at = dispatch.shapes.at(at).parent) {
    path = path.empty() ? at->get_name() : at->get_name() + " " + path;
  }
  return path;
}

void set_up(CLI::App& app, Dispatch& dispatch) {
  app.set_help_flag();
  app.fallthrough();
  app.get_formatter()->column_width(44);
  add_printing_flag(app, dispatch, {"help", 'h'}, "Show this help",
                    [&app, &dispatch] { return app.help(path_of_parent(app, dispatch)); });
  add_printing_flag(app, dispatch, {"help-long", 0}, "Show the help of all commands below too",
                    [&app, &dispatch] {
                      return app.help(path_of_parent(app, dispatch), CLI::AppFormatMode::All);
                    });
}

// One line, whatever the message holds.
std::string one_line(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  return text;
}

int parse_and_run(CLI::App& root, const std::vector<std::string>& arguments, Dispatch& dispatch,
                  Environment& environment) {
  auto normalized = normalize_arguments(expand_argument_files(arguments), root, dispatch);
  std::ranges::reverse(normalized);  // CLI11 takes them from the end
  try {
    root.parse(std::move(normalized));
  } catch (const Printed& printed) {
    environment.out << printed.text << std::flush;
    return kSuccess;
  } catch (const CLI::ParseError& error) {
    throw UsageError(kFailure, one_line(error.what()));
  }
  if (!dispatch.body) {
    throw UsageError(kFailure, "expected a command; --help lists them");
  }
  return dispatch.body(environment);
}

}  // namespace

Command Command::add_command(const std::string& name, const std::string& help) {
  CLI::App* sub = app_->add_subcommand(name, help);
  dispatch_->shapes[app_].commands[name] = sub;
  dispatch_->shapes[sub].parent = app_;
  set_up(*sub, *dispatch_);
  return Command(*sub, *dispatch_);
}

void Command::set_body(Body body) {
  app_->callback([dispatch = dispatch_, body = std::move(body)] { dispatch->body = body; });
}

void Command::add_values(const Flag& flag, bool repeated, ValuesSetter set) {
  const Names names = split_names(flag.name);
  remember(*dispatch_, app_, names, true);
  if (!flag.fallback.empty()) {
    set({flag.fallback});
  }
  CLI::Option* option = app_->add_option(
      option_names(names),
      CLI::callback_t(
          [name = names.name, repeated, set = std::move(set)](const CLI::results_t& results) {
            std::vector<std::string> values;
            std::ranges::transform(results, std::back_inserter(values),
                                   [](const std::string& value) { return unmark_value(value); });
            if (values.size() > 1 && !repeated) {
              throw UsageError(kBadValue, fmt::format("--{} cannot be repeated", name));
            }
            try {
              set(values);
            } catch (const UsageError&) {
              throw;
            } catch (const Error& error) {
              throw UsageError(kBadValue, fmt::format("--{}: {}", name, error.message()));
            }
            return true;
          }),
      flag.help);
  option->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)->type_name("");
  if (!flag.fallback.empty()) {
    option->default_str(flag.fallback);
  }
  if (flag.hidden) {
    option->group("");
  }
}

void Command::add(const Flag& flag, Setter set) {
  add_values(flag, false, [set = std::move(set)](const std::vector<std::string>& values) {
    set(values.front());
  });
}

void Command::add_strings(const Flag& flag, std::vector<std::string>& target) {
  add_values(flag, true, [&target](const std::vector<std::string>& values) { target = values; });
}

void Command::add_bool(const Flag& flag, bool& target) {
  const Names names = split_names(flag.name);
  target = flag.fallback == "true";
  remember(*dispatch_, app_, names, false);
  remember(*dispatch_, app_, {"no-" + names.name, 0}, false);
  const auto times = std::make_shared<std::int64_t>(0);
  const auto set = [&target, times, name = names.name](bool value) {
    return [&target, times, name, value](std::int64_t count) {
      *times += count;
      if (*times > 1) {
        throw UsageError(kBadValue, fmt::format("--{} cannot be repeated", name));
      }
      target = value;
    };
  };
  CLI::Option* on = app_->add_flag_function(option_names(names), set(true), flag.help);
  CLI::Option* off = app_->add_flag_function("--no-" + names.name, set(false));
  off->group("");
  if (flag.hidden) {
    on->group("");
  }
}

void Command::add_string(const Flag& flag, std::string& target) {
  add(flag, [&target](const std::string& value) { target = value; });
}

void Command::add_choice(const Flag& flag, const std::vector<std::string>& allowed,
                         std::string& target) {
  add(flag, [&target, allowed](const std::string& value) {
    if (std::ranges::find(allowed, value) == allowed.end()) {
      throw_invalid(
          fmt::format("\"{}\" is not one of \"{}\"", value, fmt::join(allowed, "\", \"")));
    }
    target = value;
  });
}

void Command::add_int(const Flag& flag, std::int64_t& target) {
  add(flag, [&target](const std::string& value) { target = parse_int(value); });
}

void Command::add_double(const Flag& flag, double& target) {
  add(flag, [&target](const std::string& value) { target = parse_double(value); });
}

void Command::add_go_duration(const Flag& flag, std::chrono::nanoseconds& target) {
  add(flag, [&target](const std::string& value) { target = parse_go_duration(value); });
}

void Command::add_prometheus_duration(const Flag& flag, std::chrono::nanoseconds& target) {
  add(flag, [&target](const std::string& value) { target = parse_prometheus_duration(value); });
}

void Command::add_bytes(const Flag& flag, std::uint64_t& target) {
  add(flag, [&target](const std::string& value) { target = parse_bytes2(value); });
}

void Command::add_time(const Flag& flag, TimeOrDuration& target) {
  add(flag, [&target](const std::string& value) { target = TimeOrDuration::parse(value); });
}

void Command::add_arguments(const std::string& name, const std::string& help, std::size_t min,
                            std::vector<std::string>& target) {
  dispatch_->shapes[app_].takes_arguments = true;
  app_->add_option(name, CLI::callback_t([&target](const CLI::results_t& results) {
                     target.clear();
                     std::ranges::transform(
                         results, std::back_inserter(target),
                         [](const std::string& value) { return unmark_value(value); });
                     return true;
                   }),
                   help)
      ->expected(static_cast<int>(min), CLI::detail::expected_max_vector_size)
      ->allow_extra_args()
      ->required(min > 0)
      ->type_name("");
}

std::vector<std::string> Command::given_flags() const {
  std::vector<std::string> names;
  for (const CLI::Option* option : app_->get_options()) {
    if (option->count() > 0 && !option->get_lnames().empty()) {
      names.push_back(option->get_lnames().front());
    }
  }
  return names;
}

int run_command_line(const std::vector<std::string>& arguments, const AddCommands& add,
                     Environment& environment) {
  Dispatch dispatch;
  CLI::App app(
      "Block compaction and tools for buckets of Prometheus blocks, in place of `thanos compact`.",
      "strata");
  dispatch.shapes[&app];
  set_up(app, dispatch);
  add_printing_flag(app, dispatch, {"version", 0}, "Show the version",
                    [] { return fmt::format("strata, version {}\n", kVersion); });
  Command root(app, dispatch);
  add(root);
  try {
    return parse_and_run(app, arguments, dispatch, environment);
  } catch (const UsageError& error) {
    environment.err << "strata: " << one_line(error.what()) << std::endl;
    return error.status();
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kCancelled && environment.stop.stop_requested()) {
      return kSuccess;
    }
    environment.err << "strata: " << one_line(error.what()) << std::endl;
  } catch (const std::exception& error) {
    environment.err << "strata: " << one_line(error.what()) << std::endl;
  }
  return kFailure;
}

}  // namespace strata::cmd
