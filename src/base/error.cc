#include "base/error.h"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace strata {
namespace {

std::string describe(const std::string& message, const ErrorPlace& place) {
  std::string parts;
  const auto add = [&parts](std::string_view name, std::string_view value) {
    fmt::format_to(std::back_inserter(parts), "{}{} {}", parts.empty() ? "" : ", ", name, value);
  };
  if (!place.block.empty()) {
    add("block", place.block);
  }
  if (!place.file.empty()) {
    add("file", place.file);
  }
  if (place.offset) {
    add("offset", std::to_string(*place.offset));
  }
  return parts.empty() ? message : fmt::format("{} ({})", message, parts);
}

}  // namespace

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kTransient:
      return "transient";
    case ErrorKind::kNotFound:
      return "not_found";
    case ErrorKind::kDenied:
      return "denied";
    case ErrorKind::kConflict:
      return "conflict";
    case ErrorKind::kCorrupt:
      return "corrupt";
    case ErrorKind::kInvalid:
      return "invalid";
    case ErrorKind::kExhausted:
      return "exhausted";
    case ErrorKind::kCancelled:
      return "cancelled";
  }
  return "unknown";
}

Error::Error(ErrorKind kind, std::string message, ErrorPlace place)
    : std::runtime_error(describe(message, place)),
      kind_(kind),
      message_(std::move(message)),
      place_(std::move(place)) {}

Error Error::while_doing(std::string_view context) const {
  return {kind_, fmt::format("{}: {}", context, message_), place_};
}

Error Error::at(const ErrorPlace& place) const {
  ErrorPlace merged = place_;
  if (merged.block.empty()) {
    merged.block = place.block;
  }
  if (merged.file.empty()) {
    merged.file = place.file;
  }
  if (!merged.offset) {
    merged.offset = place.offset;
  }
  return {kind_, message_, std::move(merged)};
}

void throw_corrupt(std::string message, std::string file, std::uint64_t offset) {
  throw Error(ErrorKind::kCorrupt, std::move(message),
              {.block = {}, .file = std::move(file), .offset = offset});
}

void throw_invalid(std::string message) {
  throw Error(ErrorKind::kInvalid, std::move(message));
}

Error errno_error(int error_number, std::string_view action, const std::string& path) {
  ErrorKind kind = ErrorKind::kTransient;
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
      kind = ErrorKind::kNotFound;
      break;
    case EACCES:
    case EPERM:
    case EROFS:
      kind = ErrorKind::kDenied;
      break;
    case ENOSPC:
    case EDQUOT:
    case ENOMEM:
    case EMFILE:
    case ENFILE:
    case EFBIG:
      kind = ErrorKind::kExhausted;
      break;
    case EEXIST:
      kind = ErrorKind::kConflict;
      break;
    default:
      break;
  }
  return {kind,
          fmt::format("{} {}: {}", action, path, std::generic_category().message(error_number))};
}

}  // namespace strata
