#include "tsdb/chunk/histogram_encoder.h"

#include "base/big_endian.h"
#include "tsdb/chunk/finish_chunk.h"
#include "tsdb/chunk/histogram_layout.h"
#include "tsdb/chunk/varbit.h"

namespace strata::tsdb {

namespace {

constexpr std::size_t kFixedFields = 3;

void put_change(BitWriter& out, std::uint64_t change) {
  put_varbit(out, static_cast<std::int64_t>(change));
}

}  // namespace

void HistogramEncoder::begin(Encoding encoding, const HistogramLayout& layout) {
  encoding_ = encoding;
  buckets_[kPositive] = layout.buckets[kPositive];
  buckets_[kNegative] = layout.buckets[kNegative];
  starts_ = {};
  size_ = 0;
  time_ = time_change_ = 0;
  count_ = count_change_ = zero_count_ = zero_count_change_ = 0;
  const std::size_t total = layout.bucket_total();
  if (is_integer(encoding)) {
    differences_.assign(total, 0);
    changes_.assign(total, 0);
    fields_.assign(1, {});
  } else {
    fields_.assign(kFixedFields + total, {});
  }
  out_.restart(kHistogramHeaderSize);
  put_layout(out_.make_room(layout_room(layout)), layout);
}

void HistogramEncoder::append(Sample sample) {
  const std::size_t fields = 6 + buckets_[kPositive] + buckets_[kNegative];
  BitWriter& out = out_.make_room(fields * kMaxFieldBits / 8 + 1);
  const auto previous_time = static_cast<Timestamp>(time_);
  const auto time = static_cast<std::uint64_t>(sample.time);
  if (size_ == 0) {
    first_time_ = sample.time;
    put_change(out, time);
  } else {
    const std::uint64_t change = time - time_;
    put_change(out, change - time_change_);
    time_change_ = change;
  }
  time_ = time;
  if (sample.sum == kStaleMarker) {
    sample.count = sample.zero_count = 0;
  }
  if (is_integer(encoding_)) {
    put_integers(out, sample);
  } else {
    put_floats(out, sample);
  }
  if (has_start_timestamps(encoding_)) {
    starts_.put(out, size_, sample.time, previous_time, sample.start);
  }
  ++size_;
}

void HistogramEncoder::put_integers(BitWriter& out, const Sample& sample) {
  const bool stale = sample.sum == kStaleMarker;
  if (size_ == 0) {
    put_varbit_unsigned(out, sample.count);
    put_varbit_unsigned(out, sample.zero_count);
    out.put(sample.sum, 64);
    fields_[0].value = sample.sum;
  } else {
    const std::uint64_t count_change = sample.count - count_;
    const std::uint64_t zero_count_change = sample.zero_count - zero_count_;
    put_change(out, stale ? 0 : count_change - count_change_);
    put_change(out, stale ? 0 : zero_count_change - zero_count_change_);
    fields_[0].put(out, sample.sum);
    count_change_ = count_change;
    zero_count_change_ = zero_count_change;
  }
  count_ = sample.count;
  zero_count_ = sample.zero_count;
  if (!stale) {
    put_integer_buckets(out, sample.buckets);
  }
}

void HistogramEncoder::put_integer_buckets(BitWriter& out, const std::uint64_t* buckets) {
  const std::size_t total = differences_.size();
  for (std::size_t i = 0; i < total; ++i) {
    const bool leftmost = i == 0 || i == buckets_[kPositive];
    const std::uint64_t difference = buckets[i] - (leftmost ? 0 : buckets[i - 1]);
    if (size_ == 0) {
      put_change(out, difference);
    } else {
      const std::uint64_t change = difference - differences_[i];
      put_change(out, change - changes_[i]);
      changes_[i] = change;
    }
    differences_[i] = difference;
  }
}

void HistogramEncoder::put_floats(BitWriter& out, const Sample& sample) {
  const std::uint64_t fixed[kFixedFields] = {sample.count, sample.zero_count, sample.sum};
  const std::size_t used = sample.sum == kStaleMarker ? kFixedFields : fields_.size();
  for (std::size_t i = 0; i < used; ++i) {
    const std::uint64_t value = i < kFixedFields ? fixed[i] : sample.buckets[i - kFixedFields];
    if (size_ == 0) {
      out.put(value, 64);
      fields_[i].value = value;
    } else {
      fields_[i].put(out, value);
    }
  }
}

ChunkView HistogramEncoder::finish(ResetHeader header, ChunkArena& arena) {
  const auto bits = static_cast<unsigned>(header);
  std::uint8_t* const at = out_.header();
  if (has_start_timestamps(encoding_)) {
    store_be(at, static_cast<std::uint16_t>(size_ | bits << 14));
    at[2] = starts_.header();
  } else {
    store_be(at, static_cast<std::uint16_t>(size_));
    at[2] = static_cast<std::uint8_t>(bits << 6);
  }
  ChunkView chunk = copy_chunk(encoding_, out_.bytes(), arena);
  chunk.min_time = first_time_;
  chunk.max_time = static_cast<Timestamp>(time_);
  return chunk;
}

}  // namespace strata::tsdb
