#include <algorithm>

#include "tsdb/chunk/chunk.h"

namespace strata::tsdb {

std::uint8_t* ChunkArena::reserve(std::size_t size) {
  if (blocks_.empty()) {
    blocks_.emplace_back(std::max(size, kBlockSize));
  } else if (blocks_[current_].size() - used_ < size) {
    // Views never point behind `current_`, so a block there that is too small may be exchanged.
    if (used_ != 0) {
      ++current_;
      used_ = 0;
    }
    if (current_ == blocks_.size()) {
      blocks_.emplace_back(std::max(size, kBlockSize));
    } else if (blocks_[current_].size() < size) {
      blocks_[current_] = Buffer(size);
    }
  }
  std::uint8_t* at = blocks_[current_].data() + used_;
  used_ += size;
  return at;
}

void ChunkArena::clear() {
  current_ = 0;
  used_ = 0;
}

std::size_t ChunkArena::bytes() const {
  std::size_t total = used_;
  for (std::size_t i = 0; i < current_; ++i) {
    total += blocks_[i].size();
  }
  return total;
}

}  // namespace strata::tsdb
