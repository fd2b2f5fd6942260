#include "cmd/content_flag.h"

#include <fmt/format.h>

#include "base/env_expand.h"
#include "base/error.h"
#include "base/file.h"

namespace strata::cmd {
namespace {

constexpr std::uint64_t kMaxFileSize = std::uint64_t{16} << 20;

}  // namespace

std::string ContentFlag::read(bool expand) const {
  if (!path.empty() && !content.empty()) {
    throw_invalid(fmt::format("both --{}-file and --{} are given", name, name));
  }
  try {
    const std::string text = path.empty() ? content : read_file(path, kMaxFileSize);
    return expand ? expand_env(text) : text;
  } catch (const Error& error) {
    throw error.while_doing(fmt::format("loading {}", where()));
  }
}

std::string ContentFlag::where() const {
  return path.empty() ? fmt::format("--{}", name) : fmt::format("--{}-file={}", name, path);
}

void add_content_flag(Command& command, const std::string& name, const std::string& help,
                      ContentFlag& target) {
  target.name = name;
  command.add_string({name + "-file", "Path of a file: " + help}, target.path);
  command.add_string({name, fmt::format("Instead of --{}-file: its content", name)},
                     target.content);
}

}  // namespace strata::cmd
