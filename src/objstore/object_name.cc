#include "objstore/object_name.h"

#include <fmt/format.h>

#include <string>

#include "base/error.h"

namespace strata::objstore {
namespace {

[[noreturn]] void refuse(std::string_view name, std::string_view why) {
  throw Error(ErrorKind::kInvalid, fmt::format("object name \"{}\" {}", name, why),
              {.block = {}, .file = std::string(name), .offset = {}});
}

}  // namespace

void check_object_name(std::string_view name) {
  if (name.empty()) {
    refuse(name, "is empty");
  }
  if (name.find('\0') != std::string_view::npos) {
    refuse(name.substr(0, name.find('\0')), "has a NUL byte");
  }
  for (std::string_view rest = name;;) {
    const std::size_t end = rest.find('/');
    const std::string_view component = rest.substr(0, end);
    if (component.empty()) {
      refuse(name, "has an empty component");
    }
    if (component == "." || component == "..") {
      refuse(name, "has a relative component");
    }
    if (end == std::string_view::npos) {
      return;
    }
    rest.remove_prefix(end + 1);
  }
}

void check_prefix(std::string_view prefix) {
  if (prefix.empty()) {
    return;
  }
  if (!prefix.ends_with('/')) {
    refuse(prefix, "is no prefix: it does not end in '/'");
  }
  check_object_name(prefix.substr(0, prefix.size() - 1));
}

}  // namespace strata::objstore
