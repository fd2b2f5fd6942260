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

// Wants layout_room(layout) bytes.
void put_layout(BitWriter& out, const HistogramLayout& layout);
std::size_t layout_room(const HistogramLayout& layout);

std::size_t count_buckets(const std::vector<Span>& spans);

// Ascending, for the spans of a decoded layout.
void append_bucket_indexes(const std::vector<Span>& spans, std::vector<std::int64_t>& out);

// Maximal runs.
std::vector<Span> spans_of(const std::vector<std::int64_t>& indexes);

// Schemas that Prometheus reads but does not calculate with (9 to 52) become 8, as its readers make
// them.
void reduce_schema(SampleColumns& samples);

}  // namespace strata::tsdb
