#include "objstore/file_object.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

namespace strata::objstore {

ObjectInfo file_object_info(std::string name, const struct stat& status) {
  const struct timespec& modified = status.st_mtim;
  return {.name = std::move(name),
          .size = static_cast<std::uint64_t>(status.st_size),
          .modified = Timestamp{modified.tv_sec} * 1000 + modified.tv_nsec / 1'000'000,
          .etag = fmt::format("{:x}-{:x}-{:x}.{:09}", status.st_ino, status.st_size,
                              modified.tv_sec, modified.tv_nsec)};
}

Error file_object_error(int error_number, std::string_view action, const std::string& path,
                        std::string_view object) {
  const Error plain = errno_error(error_number, action, path);
  ErrorKind kind = plain.kind();
  switch (error_number) {
    case ENOTDIR:  // a file stands where the object's name wants a folder
    case EISDIR:
    case ENAMETOOLONG:
    case ELOOP:
    case EXDEV:
      kind = ErrorKind::kInvalid;
      break;
    default:
      break;
  }
  return {kind, plain.message(), {.block = {}, .file = std::string(object), .offset = {}}};
}

}  // namespace strata::objstore
