#include "tsdb/index/symbol_store.h"

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "base/varint.h"

namespace strata::tsdb {
namespace {

constexpr std::size_t kLookupWindow = 16 << 10;

}  // namespace

SymbolStore::SymbolStore(const std::filesystem::path& spill_directory, std::size_t memory)
    : section_(spill_directory, memory) {}

void SymbolStore::add(std::string_view symbol) {
  if (count_ > 0 && symbol <= std::string_view(last_)) {
    throw_invalid("symbols must be added in ascending order");
  }
  if (count_ == std::numeric_limits<std::uint32_t>::max()) {
    throw Error(ErrorKind::kExhausted, "index would hold more than 2^32 symbols");
  }
  if (count_ % kStride == 0) {
    strides_.push_back(section_.size());
  }
  std::uint8_t head[kMaxVarintSize];
  const std::uint8_t* end = put_uvarint(head, symbol.size());
  section_.append(Bytes(head, end));
  section_.append(as_bytes(symbol));
  last_.assign(symbol);
  ++count_;
}

SymbolStore::Lookup::Lookup(const SymbolStore& store) : store_(store) {}

void SymbolStore::Lookup::load(std::uint64_t offset) {
  const auto n = static_cast<std::size_t>(
      std::min<std::uint64_t>(kLookupWindow, store_.section_.size() - offset));
  window_.resize(n);
  store_.section_.read_at(offset, window_);
  window_offset_ = offset;
}

std::string_view SymbolStore::Lookup::symbol(std::uint32_t rank) {
  const bool near = positioned_ && rank >= rank_ && rank - rank_ < kStride;
  if (!near) {
    rank_ = rank / kStride * kStride;
    position_ = store_.strides_[rank / kStride];
    positioned_ = true;
  }
  while (true) {
    // The length first: at most 10 bytes, and the store is well formed.
    const bool inside = position_ >= window_offset_ &&
                        position_ + kMaxVarintSize <= window_offset_ + window_.size();
    if (!inside) {
      load(position_);
    }
    const std::uint8_t* at = window_.data() + (position_ - window_offset_);
    std::uint64_t size = 0;
    const std::uint8_t* text = get_uvarint(at, window_.data() + window_.size(), size);
    const std::uint64_t begin = position_ + static_cast<std::uint64_t>(text - at);
    if (rank_ == rank) {
      symbol_.resize(static_cast<std::size_t>(size));
      const MutableBytes out(reinterpret_cast<std::uint8_t*>(symbol_.data()), symbol_.size());
      if (begin + size <= window_offset_ + window_.size()) {
        std::copy_n(text, out.size(), out.data());
      } else {
        store_.section_.read_at(begin, out);
      }
      return symbol_;
    }
    position_ = begin + size;
    ++rank_;
  }
}

}  // namespace strata::tsdb
