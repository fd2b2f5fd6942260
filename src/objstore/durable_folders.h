#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace strata::objstore {

// Syncs a folder; one that a neighbour has pruned since holds nothing that could get lost.
void sync_if_there(const std::filesystem::path& directory);

// Makes a directory and what is missing above it, each made durable in its parent. `object` is for
// messages. One that a neighbour prunes meanwhile may be missing afterwards.
void make_directories(const std::string& path, std::string_view object);

}  // namespace strata::objstore
