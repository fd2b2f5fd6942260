#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "block/meta.h"

namespace strata::block {

// A list of Prometheus relabel rules that select blocks: actions keep, drop and hashmod. Immutable,
// copies share their rules, safe from any thread.
class RelabelConfig {
 public:
  // No rules: everything is kept.
  RelabelConfig() = default;
  // Throws invalid with `where`, line and column.
  static RelabelConfig parse(std::string_view yaml, const std::string& where);

  // Rules see what the rules before them wrote (hashmod).
  bool keeps(Labels labels) const;
  bool empty() const { return rules_ == nullptr; }

 private:
  struct Rules;
  std::shared_ptr<const Rules> rules_;
};

}  // namespace strata::block
