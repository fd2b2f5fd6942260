#include "base/env_expand.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "base/error.h"

namespace strata {
namespace {

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

std::optional<std::string> lookup_env(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

std::string expand_env(std::string_view text, const EnvLookup& lookup) {
  std::string out;
  while (true) {
    const std::size_t start = text.find("$(");
    out.append(text.substr(0, start));
    if (start == std::string_view::npos) {
      return out;
    }
    text.remove_prefix(start);
    const std::string_view rest = text.substr(2);
    const auto end = std::ranges::find_if_not(rest, is_name_character);
    const std::string name(rest.begin(), end);
    if (name.empty() || end == rest.end() || *end != ')') {
      out.append(text.substr(0, 2));
      text.remove_prefix(2);
      continue;
    }
    const std::optional<std::string> value = lookup(name);
    if (!value) {
      throw_invalid(fmt::format("found reference to unset environment variable \"{}\"", name));
    }
    out.append(*value);
    text.remove_prefix(name.size() + 3);
  }
}

}  // namespace strata
