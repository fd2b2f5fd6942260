#pragma once

#include <deque>
#include <vector>

#include "tsdb/chunk/histogram_encoder.h"
#include "tsdb/chunk/samples.h"

namespace strata::tsdb {

// What the next histogram does to the open chunk.
enum class AppendKind : std::uint8_t { kAppend, kRecode, kNewChunk };

struct AppendVerdict {
  AppendKind kind = AppendKind::kAppend;
  ResetHeader header = ResetHeader::kUnknown;  // of the new chunk
};

// An open histogram chunk: decides, in Prometheus' way, whether the next sample may join it, and
// widens the layout as samples with more buckets come. Bytes are made once, by finish(). Samples
// are borrowed from their columns until then, which must not be decoded into anew.
class HistogramAppender {
 public:
  // Ready for the samples of a fresh chunk.
  void open(Encoding encoding, ResetHeader header);
  Encoding encoding() const { return encoding_; }
  std::size_t size() const { return entries_.size(); }

  // Of a chunk that is not empty.
  AppendVerdict judge(const SampleColumns& source, std::size_t index);
  // Whether the chunk has buckets that the source lacks: those count as zero.
  bool lacks_buckets(const SampleColumns& source) { return relation(source).lacks_any(); }
  // Of the chunk, widened by what append() took in.
  const HistogramLayout& layout() const { return layout_; }
  // A sample that judge() lets in, or the first. The first dictates the layout.
  void append(const SampleColumns& source, std::size_t index);
  ChunkView finish(ChunkArena& arena);

 private:
  static constexpr std::uint32_t kMissing = ~std::uint32_t{0};

  struct Entry {
    const SampleColumns* source;
    std::size_t index;
  };

  // How the buckets of a source lie in the chunk's layout.
  struct Relation {
    const SampleColumns* source = nullptr;
    bool identical = false;            // place by place
    bool adds[2] = {false, false};     // by Sign: buckets that the chunk lacks
    bool lacks[2] = {false, false};    // buckets of the chunk that the source has not
    std::vector<std::uint32_t> place;  // per bucket of the chunk, that of the source or kMissing

    bool adds_any() const { return adds[kPositive] || adds[kNegative]; }
    bool lacks_any() const { return lacks[kPositive] || lacks[kNegative]; }
  };

  AppendVerdict judge_counter(const SampleColumns& source, const HistogramSample& sample);
  AppendVerdict judge_gauge(const SampleColumns& source, const HistogramSample& sample);
  bool buckets_fell(const SampleColumns& source, const HistogramSample& sample);
  bool same_boundaries(const HistogramLayout& other) const;
  bool is_less(std::uint64_t a, std::uint64_t b) const;
  bool is_zero(std::uint64_t count) const;
  bool bucket_fell(std::uint64_t now, std::uint64_t before) const;

  const Relation& relation(const SampleColumns& source);
  void relate(Relation& relation, unsigned sign, std::size_t first_place);
  void widen(const Relation& by, bool gauge);
  const std::uint64_t* spread(const Relation& relation, const HistogramSample& sample,
                              PlainVector<std::uint64_t>& scratch) const;

  Encoding encoding_ = Encoding::kNone;
  bool integer_ = true;
  ResetHeader header_ = ResetHeader::kUnknown;
  HistogramLayout layout_;
  std::vector<Entry> entries_;
  HistogramSample last_;
  PlainVector<std::uint64_t> last_buckets_;  // in the chunk's layout
  std::deque<Relation> relations_;           // the first `known_relations_` are valid
  std::size_t known_relations_ = 0;
  std::vector<std::int64_t> own_indexes_;
  std::vector<std::int64_t> other_indexes_;
  PlainVector<std::uint64_t> scratch_;
  HistogramEncoder encoder_;
};

}  // namespace strata::tsdb
