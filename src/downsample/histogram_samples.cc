#include "downsample/histogram_samples.h"

#include <bit>
#include <cmath>

namespace strata::downsample {

namespace {

using tsdb::SampleColumns;

std::size_t memory(const SampleColumns& columns) {
  return columns.times.capacity() * sizeof(Timestamp) +
         columns.histograms.capacity() * sizeof(tsdb::HistogramSample) +
         columns.buckets.capacity() * sizeof(std::uint64_t);
}

}  // namespace

void HistogramSamples::decode(const tsdb::ChunkView& chunk, SampleColumns& out) {
  decoder_.decode(chunk.encoding, chunk.data, out, tsdb::HistogramCounts::kAsFloats);
}

void HistogramSamples::read(std::span<const tsdb::ChunkView> chunks, Books& books) {
  chunks_.assign(chunks.begin(), chunks.end());
  entries_.clear();
  schemas_.clear();
  held_size_ = 0;
  has_passing_ = false;
  std::size_t decoded = 0;
  for (std::uint32_t i = 0; i < chunks_.size(); ++i) {
    const bool hold = decoded < decoded_limit_;
    if (hold && held_.size() == held_size_) {
      held_.emplace_back();
    }
    SampleColumns& columns = hold ? held_[held_size_] : passing_;
    decode(chunks_[i], columns);
    take(i, columns, books);
    if (hold) {
      decoded += memory(columns);
      ++held_size_;
    }
  }
  drop_spares(decoded);
}

// Columns of longer runs are kept for the next one, within the limit.
void HistogramSamples::drop_spares(std::size_t decoded) {
  for (std::size_t i = held_size_; i < held_.size(); ++i) {
    decoded += memory(held_[i]);
    if (decoded > decoded_limit_) {
      held_.resize(i);
    }
  }
}

void HistogramSamples::take(std::uint32_t chunk, const SampleColumns& columns, Books& books) {
  schemas_.push_back(columns.layout.schema);
  books.read += columns.size();
  Timestamp last = 0;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const tsdb::HistogramSample& sample = columns.histograms[i];
    if (sample.is_stale()) {
      ++books.stale;
    } else if (columns.times[i] < last) {
      ++books.out_of_order;
    } else {
      last = columns.times[i];
      const bool is_nan = std::isnan(std::bit_cast<double>(sample.sum));
      entries_.push_back({last, chunk, static_cast<std::uint16_t>(i), is_nan});
    }
  }
}

bool HistogramSamples::has_custom_buckets(const Entry& entry) const {
  return schema(entry) == tsdb::kCustomBucketsSchema;
}

const SampleColumns& HistogramSamples::columns(std::uint32_t chunk) {
  if (chunk < held_size_) {
    return held_[chunk];
  }
  if (!has_passing_ || passing_chunk_ != chunk) {
    has_passing_ = false;
    decode(chunks_[chunk], passing_);
    passing_chunk_ = chunk;
    has_passing_ = true;
  }
  return passing_;
}

}  // namespace strata::downsample
