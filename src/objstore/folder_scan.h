#pragma once

#include <dirent.h>

#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "objstore/bucket.h"

namespace strata::objstore {

// Collects entries into pages for a visitor.
class PageCollector {
 public:
  static constexpr std::size_t kPageSize = 1000;

  explicit PageCollector(const Bucket::PageVisitor& visit) : visit_(visit) {}

  // False once the visitor wants no more.
  bool add(ObjectInfo info);
  bool flush();

 private:
  const Bucket::PageVisitor& visit_;
  std::vector<ObjectInfo> page_;
  bool more_ = true;
};

// One listing of a directory tree as objects, in byte order of the objects' names. A directory
// without any file below it does not show. Links are followed; dangling ones and what is neither
// file nor directory are passed over. Memory: at most kWindow names per directory on the path;
// larger directories are read several times.
class FolderScan {
 public:
  static constexpr std::size_t kWindow = 65536;

  FolderScan(std::stop_token stop, std::string root, std::size_t window = kWindow);

  // `prefix` as of Bucket::list. False when the visitor ended the listing.
  bool run(std::string_view prefix, Listing listing, PageCollector& out);

 private:
  struct Identity {
    std::uint64_t device;
    std::uint64_t inode;
    bool operator==(const Identity&) const = default;
  };
  class Directory;

  void check_stop() const;
  std::string path_of(std::string_view name) const;
  bool walk(const std::string& prefix, Listing listing, PageCollector& out);
  // The least entries above `after`, sorted; folders end in '/'.
  std::vector<std::string> read_window(Directory& directory, std::string_view after) const;
  bool visit(const std::string& name, Listing listing, PageCollector& out);
  bool has_object(const std::string& prefix);
  // The entry's name as listed, links followed; empty for what is neither file nor directory.
  std::string classify(const Directory& directory, const dirent& entry) const;

  std::stop_token stop_;
  std::string root_;
  std::size_t window_;
  std::vector<Identity> ancestors_;
};

}  // namespace strata::objstore
