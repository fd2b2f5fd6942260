#include "cmd/arguments.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/file.h"

namespace strata::cmd {
namespace {

constexpr std::uint64_t kMaxFileSize = 1 << 20;
constexpr int kMaxDepth = 16;  // a file that names itself ends here

std::vector<std::string> read_lines(const std::string& path) {
  const std::string text = read_file(path, kMaxFileSize);
  std::vector<std::string> lines;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string line = text.substr(at, end - at);
    if (line.ends_with('\r')) {
      line.pop_back();
    }
    if (!line.starts_with('#') && line.find_first_not_of(" \t\r\v\f") != std::string::npos) {
      lines.push_back(std::move(line));
    }
    at = end + 1;
  }
  return lines;
}

// False once "--" was seen: nothing behind it is expanded.
bool expand_into(std::vector<std::string>& out, std::span<const std::string> arguments, int depth) {
  for (std::size_t at = 0; at < arguments.size(); ++at) {
    const std::string& argument = arguments[at];
    if (argument == "--") {
      out.insert(out.end(), arguments.begin() + static_cast<std::ptrdiff_t>(at), arguments.end());
      return false;
    }
    if (!argument.starts_with('@')) {
      out.push_back(argument);
      continue;
    }
    const std::string path = argument.substr(1);
    if (path.empty()) {
      throw_invalid("\"@\" must be followed by the name of a file with arguments");
    }
    if (depth == kMaxDepth) {
      throw_invalid(
          fmt::format("the file of arguments {} names files {} levels deep", path, kMaxDepth));
    }
    bool more = true;
    try {
      more = expand_into(out, read_lines(path), depth + 1);
    } catch (const Error& error) {
      throw depth == 0 ? error.while_doing("reading arguments from a file") : error;
    }
    if (!more) {
      out.insert(out.end(), arguments.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                 arguments.end());
      return false;
    }
  }
  return true;
}

}  // namespace

std::vector<std::string> expand_argument_files(std::span<const std::string> arguments) {
  std::vector<std::string> out;
  expand_into(out, arguments, 0);
  return out;
}

}  // namespace strata::cmd
