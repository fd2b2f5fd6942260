#pragma once

#include <span>

#include "objstore/testing/bucket_contract.h"

namespace strata::objstore::testing {

// The part of bucket_contract() that is about large and streamed objects.
std::span<const ContractCheck> writer_contract();

}  // namespace strata::objstore::testing
