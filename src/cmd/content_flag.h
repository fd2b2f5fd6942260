#pragma once

#include <string>

#include "cmd/command.h"

namespace strata::cmd {

// A pair of flags, --<name>-file for a path and --<name> for the content itself.
struct ContentFlag {
  std::string name;
  std::string path;
  std::string content;

  // Reads the file if there is one, once. $(NAME) stands for environment variables where `expand`
  // is set. Empty when neither flag was given; both is an invalid error.
  std::string read(bool expand) const;
  // For messages about the content: the file's path or the flag.
  std::string where() const;
};

// `target` outlives the run of the command.
void add_content_flag(Command& command, const std::string& name, const std::string& help,
                      ContentFlag& target);

}  // namespace strata::cmd
