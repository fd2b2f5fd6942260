#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace strata {

// What the catcher can do about a failure; never how it happened.
enum class ErrorKind {
  kTransient,  // the same call may succeed later
  kNotFound,
  kDenied,
  kConflict,   // a precondition of a write did not hold
  kCorrupt,    // the bytes break their format
  kInvalid,    // the caller, a flag or a configuration is wrong
  kExhausted,  // disk or memory
  kCancelled,
};

std::string_view to_string(ErrorKind kind);

// Where in a bucket or directory a failure was found. Empty members are unknown.
struct ErrorPlace {
  std::string block;  // ULID or directory
  std::string file;   // inside the block, or a path, or an object name
  std::optional<std::uint64_t> offset;
};

// Ends a unit of work. what() is "message (block B, file F, offset N)" with the parts that are
// known.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, std::string message, ErrorPlace place = {});

  ErrorKind kind() const { return kind_; }
  const std::string& message() const { return message_; }
  const ErrorPlace& place() const { return place_; }

  // The same error with more context in front, or with the parts of `place` that were unknown.
  Error while_doing(std::string_view context) const;
  Error at(const ErrorPlace& place) const;

 private:
  ErrorKind kind_;
  std::string message_;
  ErrorPlace place_;
};

[[noreturn]] void throw_corrupt(std::string message, std::string file, std::uint64_t offset);
[[noreturn]] void throw_invalid(std::string message);

// An Error for the current errno: ENOENT is not_found, EACCES and EPERM denied, ENOSPC, EDQUOT,
// EMFILE and ENOMEM exhausted, EEXIST conflict, everything else transient.
Error errno_error(int error_number, std::string_view action, const std::string& path);

}  // namespace strata
