#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace strata::objstore::testing {

enum class CallKind { kList, kStat, kGetRange, kGet, kPut, kCreate, kAppend, kCommit, kRemove };

std::string_view to_string(CallKind kind);

// A call that was made of a bucket or of one of its writers.
struct Call {
  CallKind kind;
  std::string object;        // of a listing: the prefix
  std::uint64_t bytes = 0;   // asked for or handed over
  std::uint64_t number = 0;  // of all calls of this bucket, from 0
};

}  // namespace strata::objstore::testing
