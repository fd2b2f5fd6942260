#pragma once

#include <cstdint>
#include <stop_token>

#include "block/object_source.h"
#include "compact/job.h"

namespace strata::compact {

// Files of a new block on their way into the bucket, under a fresh ULID. They are not visible, and
// are removed again when this goes out of scope, unless kept. What cannot be removed is left to the
// cleaning of partial blocks. `shop` outlives it.
class Upload {
 public:
  Upload(std::stop_token stop, const Workshop& shop);
  ~Upload();
  Upload(const Upload&) = delete;
  Upload& operator=(const Upload&) = delete;

  const Ulid& id() const { return id_; }
  block::ObjectBlockSink& sink() { return sink_; }
  // Makes the block visible: meta.json goes last. `meta` is of id().
  void publish(std::stop_token stop, const block::Meta& meta);
  // Of the files that were committed.
  std::uint64_t bytes() const;

 private:
  void discard() noexcept;

  const Workshop& shop_;
  Ulid id_;
  block::ObjectBlockSink sink_;
  bool kept_ = false;
};

}  // namespace strata::compact
