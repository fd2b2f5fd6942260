#include "block/group_key.h"

#include <fmt/format.h>
#include <xxhash.h>

namespace strata::block {

std::uint64_t hash_labels(const Labels& labels) {
  constexpr char kSeparator = '\xFF';
  std::string text;
  for (const auto& [name, value] : labels) {
    text += name;
    text += kSeparator;
    text += value;
    text += kSeparator;
  }
  return XXH64(text.data(), text.size(), 0);
}

std::string group_key(Resolution resolution, const Labels& labels) {
  return fmt::format("{}@{}", resolution, hash_labels(labels));
}

}  // namespace strata::block
