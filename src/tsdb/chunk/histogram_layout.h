#pragma once

#include <cstdint>
#include <vector>

#include "tsdb/chunk/bit_reader.h"
#include "tsdb/chunk/bit_writer.h"
#include "tsdb/chunk/samples.h"

namespace strata::tsdb {

// Reads the layout at the front of a histogram chunk's stream. `bits_per_bucket`: the least that
// the first sample stores for each bucket, so that a layout that the data cannot fill is refused
// before anything is allocated.
void read_layout(BitReader& in, unsigned bits_per_bucket, HistogramLayout& layout);

// Whether a histogram chunk's data has custom buckets; false without samples.
bool has_custom_buckets(Encoding encoding, Bytes data);

// Wants layout_room(layout) bytes.
void put_layout(BitWriter& out, const HistogramLayout& layout);
std::size_t layout_room(const HistogramLayout& layout);

std::size_t count_buckets(const std::vector<Span>& spans);

// Ascending, for the spans of a decoded layout.
void append_bucket_indexes(const std::vector<Span>& spans, std::vector<std::int64_t>& out);

// Maximal runs.
std::vector<Span> spans_of(const std::vector<std::int64_t>& indexes);

// For each bucket of a layout its place among the wider buckets of a lower schema, positive ones
// first.
using WideningPlaces = std::vector<std::uint32_t>;

// Gives `layout`, which has exponential buckets, the lower schema `target`.
void widen_buckets(HistogramLayout& layout, std::int32_t target, WideningPlaces& places);

// Of one sample. Sums of float buckets grow from the left. `to` may be `from`.
void widen_counts(SampleType type, const WideningPlaces& places, const std::uint64_t* from,
                  std::uint64_t* to);

// Schemas that Prometheus reads but does not calculate with (9 to 52) become 8, as its readers make
// them.
void reduce_schema(SampleColumns& samples);

}  // namespace strata::tsdb
