#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "cmd/command.h"
#include "cmd/exit_status.h"

namespace strata::cmd {

// A command line that cannot be followed; carries the exit status.
class UsageError : public Error {
 public:
  UsageError(ExitStatus status, std::string message)
      : Error(ErrorKind::kInvalid, std::move(message)), status_(status) {}
  ExitStatus status() const { return status_; }

 private:
  ExitStatus status_;
};

// What is known of the commands besides what CLI11 holds.
struct Dispatch {
  struct Shape {
    const CLI::App* parent = nullptr;
    std::map<std::string, const CLI::App*> commands;
    std::map<std::string, bool> flags;        // by long name: whether it takes a value
    std::map<char, std::string> short_flags;  // to long names
    bool takes_arguments = false;
  };
  std::map<const CLI::App*, Shape> shapes;
  Command::Body body;  // of the command that was chosen
};

// Values go through CLI11 behind this character: it gives some of them ("", "[a,b]", "-1d") a
// meaning of its own.
inline constexpr char kValueMark = '\x02';

std::string mark_value(std::string_view value);
std::string unmark_value(std::string_view value);

// Checks names and shapes, as the reference's parser does, and rewrites the arguments so that CLI11
// has nothing left to guess: one flag an argument, each value behind its flag. Throws UsageError.
std::vector<std::string> normalize_arguments(const std::vector<std::string>& arguments,
                                             const CLI::App& root, const Dispatch& dispatch);

}  // namespace strata::cmd
