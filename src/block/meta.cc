#include "block/meta.h"

#include <fmt/format.h>

#include "block/json_text.h"

namespace strata::block {

const Labels& Meta::labels() const {
  static const Labels kNone;
  return thanos.labels ? *thanos.labels : kNone;
}

std::optional<Timestamp> upload_time_ms(const Meta& meta) {
  if (meta.thanos.upload_time.empty()) {
    return std::nullopt;
  }
  const auto time = parse_json_time(meta.thanos.upload_time);
  return time && !time->text.empty() ? std::optional(time->unix_ms) : std::nullopt;
}

}  // namespace strata::block
