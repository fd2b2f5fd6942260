#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"

struct evp_md_ctx_st;

namespace strata::block {

// SHA-256 of what streams by.
class Sha256 {
 public:
  Sha256();
  void update(Bytes bytes);
  // Lower hex; ends the hash.
  std::string finish_hex();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

std::array<std::uint8_t, 16> md5(Bytes bytes);

}  // namespace strata::block
