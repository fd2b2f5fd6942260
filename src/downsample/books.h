#pragma once

#include <cstdint>

namespace strata::downsample {

// What became of the samples of the input, so that the books of a block can be checked:
// read == aggregated + stale + out_of_order + nan. Of a downsampled input, samples are those that
// its count chunks stand for.
struct Books {
  std::uint64_t read = 0;          // raw: by the chunks' headers; else: sum of the count values
  std::uint64_t aggregated = 0;    // sum of the count values written
  std::uint64_t stale = 0;         // stale markers
  std::uint64_t out_of_order = 0;  // earlier than the one before it in its chunk, or than 1970
  std::uint64_t nan = 0;           // not a number: they count for the size of chunks only
  // Times that a sum or a counter could not share a chunk with the windows before it: the format
  // keeps only what comes after.
  std::uint64_t histogram_restarts = 0;

  void add(const Books& other) {
    read += other.read;
    aggregated += other.aggregated;
    stale += other.stale;
    out_of_order += other.out_of_order;
    nan += other.nan;
    histogram_restarts += other.histogram_restarts;
  }
};

}  // namespace strata::downsample
