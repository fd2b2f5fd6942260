#include "base/crc32c.h"

#include <gtest/gtest.h>

namespace strata {
namespace {

TEST(Crc32c, KnownValue) {
  EXPECT_EQ(crc32c(as_bytes("123456789")), 0xe3069283U);
}

TEST(Crc32c, ExtendsPieceByPiece) {
  EXPECT_EQ(crc32c({}), 0U);
  EXPECT_EQ(crc32c_extend(crc32c(as_bytes("1234")), as_bytes("56789")), 0xe3069283U);
}

}  // namespace
}  // namespace strata
