#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "generate/adversarial_series.h"
#include "tsdb/chunk/chunk.h"
#include "tsdb/chunk/histogram_encoder.h"
#include "tsdb/chunk/xor2.h"

namespace strata::generate {

// A piece of a story, [begin, end), as one chunk holds it.
struct Piece {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::uint64_t style = 0;  // chooses among the ways to write the same samples
  bool newer_encoding = false;
};

// Encodes pieces that no must_cut() divides. The layout shows every bucket that any of the samples
// has; its spans may be split, empty or wider than needed.
class PieceEncoder {
 public:
  tsdb::ChunkView encode(const Story& story, const Piece& piece, tsdb::ChunkArena& arena);

 private:
  tsdb::ChunkView encode_floats(const Story& story, const Piece& piece, tsdb::ChunkArena& arena);
  tsdb::ChunkView encode_histograms(const Story& story, const Piece& piece,
                                    tsdb::ChunkArena& arena);
  void choose_layout(const Story& story, const Piece& piece, Random& random);
  void choose_spans(const Era& era, unsigned sign, Random& random);
  void append(const Point& point, Timestamp start);

  tsdb::HistogramEncoder histograms_;
  tsdb::Xor2Encoder xor2_;
  tsdb::HistogramLayout layout_;
  std::vector<std::size_t> shown_[2];  // buckets of the layout, by sign
  std::vector<std::uint64_t> buckets_;
};

}  // namespace strata::generate
