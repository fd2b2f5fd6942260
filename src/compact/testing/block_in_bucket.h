#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "compact/testing/make_meta.h"
#include "objstore/bucket.h"

namespace strata::compact::testing {

struct SeriesSpec {
  std::string name;                            // value of the label "series"
  std::vector<std::vector<Timestamp>> chunks;  // times of the samples; the value is the time
};

// Writes a whole block: index, chunks, meta.json with the counts of what was written.
void put_block(objstore::Bucket& bucket, const MetaSpec& meta,
               const std::vector<SeriesSpec>& series);

// Times by series of one block.
using Contents = std::map<std::string, std::vector<Timestamp>>;
Contents read_contents(objstore::Bucket& bucket, const Ulid& block);

// Of every block with a meta.json and without a deletion mark, put together.
std::map<std::string, std::set<Timestamp>> visible_samples(objstore::Bucket& bucket);

// ULIDs of all blocks with a meta.json, ascending; without those that are marked for deletion if
// `visible`.
std::vector<Ulid> blocks_of(objstore::Bucket& bucket, bool visible);
block::Meta read_meta(objstore::Bucket& bucket, const Ulid& block);

}  // namespace strata::compact::testing
