#include "generate/series_encoder.h"

#include <algorithm>
#include <cstring>

#include "generate/random.h"
#include "tsdb/chunk/samples.h"
#include "tsdb/chunk/xor_encoder.h"

namespace strata::generate {

std::span<const tsdb::ChunkView> SeriesEncoder::encode(Kind kind, const Leaf& leaf,
                                                       const TargetView& target) {
  arena_.clear();
  chunks_.clear();
  find_stretches(target);
  native_ = kind == Kind::kNative;
  if (native_) {
    native_encoder_.begin(mix(target.seed, target.target.slot, leaf.events));
  }
  header_ = tsdb::ResetHeader::kUnknown;
  for (std::size_t i = 0; i < stretches_.size(); ++i) {
    const Stretch& stretch = stretches_[i];
    // A histogram that starts anew does not fit behind the old one in its chunk.
    if (native_ && i > 0) {
      flush();
      header_ = stretch.started != stretches_[i - 1].started ? tsdb::ResetHeader::kReset
                                                             : tsdb::ResetHeader::kUnknown;
    }
    const Signal signal(kind, leaf, {target.seed, target.target, stretch.started}, target.scrapes);
    encode_stretch(stretch, signal, target.scrapes);
  }
  flush();
  return chunks_;
}

void SeriesEncoder::find_stretches(const TargetView& target) {
  stretches_.clear();
  for (const Epoch& epoch : target.life.all()) {
    Stretch stretch{target.scrapes.first_from(epoch.from), target.scrapes.first_from(epoch.to),
                    epoch.started, epoch.ends_stale};
    if (stretch.first < stretch.last) {
      stretches_.push_back(stretch);
    }
  }
  for (std::size_t i = 0; i < stretches_.size(); ++i) {
    Stretch& stretch = stretches_[i];
    const bool resumes = i + 1 < stretches_.size() && stretches_[i + 1].first == stretch.last;
    if (resumes || target.scrapes.at(stretch.last) >= target.range.max) {
      stretch.ends_stale = false;
    }
  }
}

void SeriesEncoder::encode_stretch(const Stretch& stretch, const Signal& signal,
                                   const Scrapes& scrapes) {
  for (std::int64_t scrape = stretch.first; scrape < stretch.last;) {
    const auto count = std::min<std::size_t>(kChunkSamples - filled_,
                                             static_cast<std::size_t>(stretch.last - scrape));
    signal.fill(scrape, {numbers_.data(), count});
    std::memcpy(values_.data() + filled_, numbers_.data(), count * sizeof(double));
    for (std::size_t i = 0; i < count; ++i) {
      times_[filled_ + i] = scrapes.at(scrape + static_cast<std::int64_t>(i));
    }
    filled_ += count;
    scrape += static_cast<std::int64_t>(count);
    if (filled_ == kChunkSamples) {
      flush();
    }
  }
  if (stretch.ends_stale) {
    times_[filled_] = scrapes.at(stretch.last);
    values_[filled_] = tsdb::kStaleMarker;
    if (++filled_ == kChunkSamples) {
      flush();
    }
  }
}

void SeriesEncoder::flush() {
  if (filled_ == 0) {
    return;
  }
  if (native_) {
    chunks_.push_back(native_encoder_.encode({times_.data(), filled_}, {values_.data(), filled_},
                                             header_, arena_));
    header_ = tsdb::ResetHeader::kNotReset;
  } else {
    chunks_.push_back(tsdb::encode_xor({times_.data(), values_.data(), filled_}, arena_));
  }
  filled_ = 0;
}

}  // namespace strata::generate
