#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tsdb/index/spill_buffer.h"

namespace strata::tsdb {

// The symbols of an index that is being written, in the form of its symbols section (uvarint size,
// bytes), in memory or spilled. Of every 32nd it knows the position: 8 bytes for 32 symbols.
class SymbolStore {
 public:
  SymbolStore(const std::filesystem::path& spill_directory, std::size_t memory);

  // Strictly ascending by bytes, else an invalid error.
  void add(std::string_view symbol);
  std::uint32_t count() const { return count_; }
  const SpillBuffer& section() const { return section_; }

  // Looks symbols up; fast where they are asked for in ascending order.
  class Lookup {
   public:
    explicit Lookup(const SymbolStore& store);
    // `rank` < count(). Valid until the next call.
    std::string_view symbol(std::uint32_t rank);

   private:
    void load(std::uint64_t offset);

    const SymbolStore& store_;
    Buffer window_;
    std::uint64_t window_offset_ = 0;
    std::uint32_t rank_ = 0;      // of the symbol that starts at position_
    std::uint64_t position_ = 0;  // in the section
    bool positioned_ = false;
    std::string symbol_;
  };

 private:
  static constexpr std::uint32_t kStride = 32;

  SpillBuffer section_;
  std::vector<std::uint64_t> strides_;
  std::uint32_t count_ = 0;
  std::string last_;
};

}  // namespace strata::tsdb
