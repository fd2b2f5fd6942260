#pragma once

namespace strata::cmd {

inline constexpr char kVersion[] = STRATA_VERSION;

}  // namespace strata::cmd
