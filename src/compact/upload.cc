#include "compact/upload.h"

#include <utility>

#include "block/publish.h"
#include "block/remove_block.h"

namespace strata::compact {

Upload::Upload(std::stop_token stop, const Workshop& shop)
    : shop_(shop),
      id_(shop.ulids.next()),
      sink_(std::move(stop), shop.bucket, id_, shop.options.hash) {}

Upload::~Upload() {
  if (!kept_) {
    discard();
  }
}

void Upload::publish(std::stop_token stop, const block::Meta& meta) {
  block::publish_block(std::move(stop), shop_.bucket, meta, sink_.files(), shop_.clock);
  kept_ = true;
}

std::uint64_t Upload::bytes() const {
  std::uint64_t bytes = 0;
  for (const block::MetaFile& file : sink_.files()) {
    bytes += file.size_bytes;
  }
  return bytes;
}

void Upload::discard() noexcept {
  try {
    if (!sink_.files().empty()) {
      block::remove_block({}, shop_.bucket, id_);
    }
  } catch (...) {
    shop_.log.warn("an unfinished block was left behind", {{"block", id_.to_string()}});
  }
}

}  // namespace strata::compact
