#pragma once

#include "tsdb/byte_source.h"
#include "tsdb/index/postings_builder.h"
#include "tsdb/index/toc.h"

namespace strata::tsdb {

// Compares the posting lists of an index and their offset table with what its series say (gathered
// in `expected`, labels as positions in the index's own symbol table). The first difference is a
// corrupt error with its offset. Consumes `expected`. Version 1 tables are not sorted: there only
// the number of entries is compared.
void check_postings(const ByteSource& index, const Toc& toc, PostingsBuilder& expected);

}  // namespace strata::tsdb
