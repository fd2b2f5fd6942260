#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>

#include "base/error.h"
#include "objstore/bucket.h"

namespace strata::objstore {

// The folder at a bucket's root that the directory provider keeps for itself; it holds no objects.
inline constexpr std::string_view kPrivateFolder = ".strata";

// A file's status as that of an object; the ETag is inode, size and modification time.
ObjectInfo file_object_info(std::string name, const struct stat& status);

// What errno says about the file of an object, with the kinds that a bucket's caller expects.
Error file_object_error(int error_number, std::string_view action, const std::string& path,
                        std::string_view object);

}  // namespace strata::objstore
