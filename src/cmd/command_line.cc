#include "cmd/command_line.h"

#include <fmt/format.h>

namespace strata::cmd {
namespace {

using Shape = Dispatch::Shape;

class Normalizer {
 public:
  Normalizer(const std::vector<std::string>& in, const CLI::App& root, const Dispatch& dispatch)
      : in_(in), dispatch_(dispatch), current_(&root) {}

  std::vector<std::string> run() {
    while (at_ < in_.size()) {
      const std::string& argument = in_[at_++];
      if (argument == "--") {
        take_rest();
      } else if (argument.starts_with("--")) {
        take_long(argument.substr(2));
      } else if (argument.size() > 1 && argument.starts_with('-')) {
        take_short(argument.substr(1));
      } else {
        take_word(argument);
      }
    }
    return std::move(out_);
  }

 private:
  const Shape& shape() const { return dispatch_.shapes.at(current_); }

  // Flags of the commands above are known too.
  const bool* find_flag(const std::string& name) const {
    for (const CLI::App* app = current_; app != nullptr; app = dispatch_.shapes.at(app).parent) {
      const auto& flags = dispatch_.shapes.at(app).flags;
      if (const auto found = flags.find(name); found != flags.end()) {
        return &found->second;
      }
    }
    return nullptr;
  }

  std::string find_short(char letter) const {
    for (const CLI::App* app = current_; app != nullptr; app = dispatch_.shapes.at(app).parent) {
      const auto& flags = dispatch_.shapes.at(app).short_flags;
      if (const auto found = flags.find(letter); found != flags.end()) {
        return found->second;
      }
    }
    throw UsageError(kFailure, fmt::format("unknown flag -{}", letter));
  }

  void take_rest() {
    while (at_ < in_.size()) {
      take_argument(in_[at_++]);
    }
  }

  void take_long(const std::string& text) {
    const std::size_t equals = text.find('=');
    const std::string name = text.substr(0, equals);
    const bool* takes_value = find_flag(name);
    if (takes_value == nullptr) {
      throw UsageError(kFailure, fmt::format("unknown flag --{}", name));
    }
    out_.push_back("--" + name);
    if (!*takes_value) {
      if (equals != std::string::npos) {
        throw UsageError(
            kFailure,
            fmt::format("unexpected \"{}\": --{} takes no value, only --no-{} turns it off",
                        text.substr(equals + 1), name, name));
      }
    } else if (equals != std::string::npos) {
      out_.push_back(mark_value(std::string_view(text).substr(equals + 1)));
    } else {
      take_value_of(name);
    }
  }

  void take_value_of(const std::string& name) {
    if (at_ == in_.size() || (in_[at_].size() > 1 && in_[at_].starts_with('-'))) {
      throw UsageError(
          kFailure,
          fmt::format("expected a value for --{} (one that begins with '-' is written --{}=-…)",
                      name, name));
    }
    out_.push_back(mark_value(in_[at_++]));
  }

  void take_short(const std::string& letters) {
    const std::string name = find_short(letters.front());
    out_.push_back("--" + name);
    if (*find_flag(name)) {
      if (letters.size() > 1) {
        out_.push_back(mark_value(std::string_view(letters).substr(1)));
      } else {
        take_value_of(name);
      }
    } else if (letters.size() > 1) {
      take_short(letters.substr(1));
    }
  }

  void take_word(const std::string& word) {
    if (shape().commands.empty()) {
      take_argument(word);
      return;
    }
    const auto found = shape().commands.find(word);
    if (found == shape().commands.end()) {
      throw UsageError(kFailure, fmt::format("expected a command, not \"{}\"", word));
    }
    current_ = found->second;
    out_.push_back(word);
  }

  void take_argument(const std::string& word) {
    if (!shape().takes_arguments) {
      throw UsageError(kFailure, fmt::format("unexpected \"{}\"", word));
    }
    out_.push_back(mark_value(word));
  }

  const std::vector<std::string>& in_;
  const Dispatch& dispatch_;
  const CLI::App* current_;
  std::size_t at_ = 0;
  std::vector<std::string> out_;
};

}  // namespace

std::string mark_value(std::string_view value) {
  return kValueMark + std::string(value);
}

std::string unmark_value(std::string_view value) {
  return std::string(value.starts_with(kValueMark) ? value.substr(1) : value);
}

std::vector<std::string> normalize_arguments(const std::vector<std::string>& arguments,
                                             const CLI::App& root, const Dispatch& dispatch) {
  return Normalizer(arguments, root, dispatch).run();
}

}  // namespace strata::cmd
