#pragma once

#include <span>
#include <string>

#include "telemetry/log.h"

namespace strata::telemetry {

// Encode one line, newline included, as go-kit's loggers do.

// Fields in the given order. Empty keys, and keys of nothing but forbidden characters, are left
// out.
std::string encode_logfmt(std::span<const LogField> fields);

// Keys in byte order; of equal keys the last one stays.
std::string encode_json(std::span<const LogField> fields);

}  // namespace strata::telemetry
