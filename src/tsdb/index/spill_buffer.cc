#include "tsdb/index/spill_buffer.h"

#include <algorithm>
#include <utility>

namespace strata::tsdb {

SpillBuffer::SpillBuffer(std::filesystem::path directory, std::size_t memory)
    : directory_(std::move(directory)), memory_(std::max(memory, kPiece)) {}

void SpillBuffer::append(Bytes bytes) {
  if (tail_.size() + bytes.size() > memory_ && !tail_.empty()) {
    spill();
  }
  strata::append(tail_, bytes);
}

void SpillBuffer::spill() {
  if (!file_.is_open()) {
    file_ = File::create_unnamed(directory_);
    // What outgrew memory once will go on growing: from here on only a write buffer is kept.
    memory_ = kPiece;
  }
  file_.write(tail_);
  spilled_ += tail_.size();
  Buffer fresh;
  fresh.reserve(memory_);
  tail_.swap(fresh);
}

void SpillBuffer::read_at(std::uint64_t offset, MutableBytes out) const {
  if (offset < spilled_) {
    const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), spilled_ - offset));
    file_.read_at(offset, out.first(n));
    out = out.subspan(n);
    offset += n;
  }
  if (!out.empty()) {
    std::memcpy(out.data(), tail_.data() + (offset - spilled_), out.size());
  }
}

}  // namespace strata::tsdb
