#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/file.h"
#include "base/time.h"
#include "objstore/bucket.h"
#include "objstore/open_files.h"

namespace strata::objstore {

// Objects are the files below a directory. Every put is atomic and durable, also against other
// processes: a temporary file in <directory>/.strata/tmp is written, synced and then renamed or
// linked into place. The directory itself need not exist: it is empty then, and made by the first
// put. Thread-safe.
class FilesystemBucket final : public Bucket {
 public:
  // Temporary files that nobody has written to for a day, by `clock`, are removed: their writer is
  // gone. Throws invalid when the path is something other than a directory.
  FilesystemBucket(const std::filesystem::path& directory, const Clock& clock);

  const std::string& name() const override { return name_; }
  void list(std::stop_token stop, std::string_view prefix, Listing listing,
            const PageVisitor& visit) override;
  std::optional<ObjectInfo> stat(std::stop_token stop, std::string_view object) override;
  void get_range(std::stop_token stop, std::string_view object, std::uint64_t offset,
                 MutableBytes out) override;
  std::optional<Buffer> get(std::stop_token stop, std::string_view object,
                            std::uint64_t limit) override;
  ObjectInfo put(std::stop_token stop, std::string_view object, Bytes content,
                 const PutCondition& condition) override;
  std::unique_ptr<ObjectWriter> create(std::stop_token stop, std::string_view object,
                                       const PutCondition& condition) override;
  void remove(std::stop_token stop, std::string_view object) override;

 private:
  class Writer;
  class PublishLock;

  std::string path_of(std::string_view object) const;
  File create_temporary();
  // Moves a synced temporary file to its place; the temporary name is gone afterwards unless it
  // throws.
  void publish(const std::string& temporary, std::string_view object,
               const PutCondition& condition);
  bool try_publish(const std::string& temporary, std::string_view object,
                   const PutCondition& condition);
  void prune_parents(std::string_view object);
  void remove_stale_temporaries(const Clock& clock);

  std::string root_;  // absolute
  std::string name_;
  OpenFiles open_files_;  // for get_range()
};

}  // namespace strata::objstore
