#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/time.h"

namespace strata::objstore {

// One line of a listing or the answer to a stat.
struct ObjectInfo {
  std::string name;                   // whole name; a folder (non-recursive listing) ends in '/'
  std::uint64_t size = 0;             // bytes
  std::optional<Timestamp> modified;  // ms; empty for folders and where the provider does not say
  std::string etag;                   // changes whenever the content does; empty where unknown

  bool is_folder() const { return name.ends_with('/'); }
};

// What must hold for a put to happen; otherwise it throws a conflict and changes nothing.
struct PutCondition {
  bool create_only = false;  // no object of this name exists
  std::string if_etag;       // the object is still the one with this ETag; empty: no such condition
};

// Streams one new object. Destroyed without commit(), it leaves nothing behind. One thread at a
// time.
class ObjectWriter {
 public:
  virtual ~ObjectWriter() = default;
  virtual void append(Bytes bytes) = 0;
  virtual std::uint64_t size() const = 0;
  // The object exists, whole and durable, once this returns.
  virtual ObjectInfo commit() = 0;
};

enum class Listing {
  kFolder,     // objects directly below the prefix, deeper ones as folders
  kRecursive,  // every object below the prefix
};

// A container of named objects. Names have no leading '/'. Thread-safe. Errors carry the object's
// name and a kind: not_found, denied, conflict, transient (worth a retry), exhausted, cancelled.
class Bucket {
 public:
  // Entries are borrowed for the call. Return false to end the listing early.
  using PageVisitor = std::function<bool(std::span<const ObjectInfo>)>;

  virtual ~Bucket() = default;

  // For messages and the `bucket` label of metrics.
  virtual const std::string& name() const = 0;

  // `prefix` is empty or ends in '/'. Whole names ascend by bytes; pages are
  // bounded (1000).
  virtual void list(std::stop_token stop, std::string_view prefix, Listing listing,
                    const PageVisitor& visit) = 0;
  // Empty when there is no such object.
  virtual std::optional<ObjectInfo> stat(std::stop_token stop, std::string_view object) = 0;
  // Fills `out` from `offset`. An object that ends earlier is a corrupt error.
  virtual void get_range(std::stop_token stop, std::string_view object, std::uint64_t offset,
                         MutableBytes out) = 0;
  // A whole small object, at most `limit` bytes; a larger one is an invalid error. Empty when there
  // is none.
  virtual std::optional<Buffer> get(std::stop_token stop, std::string_view object,
                                    std::uint64_t limit) = 0;
  virtual ObjectInfo put(std::stop_token stop, std::string_view object, Bytes content,
                         const PutCondition& condition) = 0;
  virtual std::unique_ptr<ObjectWriter> create(std::stop_token stop, std::string_view object,
                                               const PutCondition& condition) = 0;
  // An object that is not there is a not_found error.
  virtual void remove(std::stop_token stop, std::string_view object) = 0;
};

}  // namespace strata::objstore
