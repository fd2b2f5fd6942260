#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "objstore/bucket.h"

namespace strata::objstore::testing {

// What every provider must do, and every decorator must let through. Each check expects an empty
// bucket and reports by gtest's assertions.
struct ContractCheck {
  const char* name;
  void (*run)(Bucket& bucket);
};

std::span<const ContractCheck> bucket_contract();

// A fresh empty bucket; what it needs to live is kept by `owner`.
struct BucketUnderTest {
  std::shared_ptr<void> owner;
  std::unique_ptr<Bucket> bucket;
};

struct ContractSubject {
  std::string name;  // letters only
  std::function<BucketUnderTest()> make;
};

// Short forms for tests.
void put_text(Bucket& bucket, std::string_view object, std::string_view text);
std::string get_text(Bucket& bucket, std::string_view object);
std::vector<std::string> list_names(Bucket& bucket, std::string_view prefix, Listing listing);

}  // namespace strata::objstore::testing
