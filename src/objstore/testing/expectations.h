#pragma once

#include <gtest/gtest.h>

#include "base/error.h"
#include "objstore/bucket.h"

namespace strata::objstore::testing {

template <class Call>
void expect_kind(ErrorKind kind, const Call& call) {
  try {
    call();
    ADD_FAILURE() << "no error, want " << to_string(kind);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
  }
}

inline void expect_same(const ObjectInfo& a, const ObjectInfo& b) {
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.size, b.size);
  EXPECT_EQ(a.modified, b.modified);
  EXPECT_EQ(a.etag, b.etag);
}

}  // namespace strata::objstore::testing
