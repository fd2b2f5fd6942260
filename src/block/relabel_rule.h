#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace strata::block {

enum class RelabelAction : std::uint8_t { kKeep, kDrop, kHashMod };

// One rule as its YAML has it, with Prometheus' defaults.
struct RelabelRule {
  RelabelAction action = RelabelAction::kKeep;
  std::vector<std::string> source_labels;
  std::string separator = ";";
  std::string regex = "(.*)";
  std::uint64_t modulus = 0;
  std::string target_label;
  int line = 0;  // from 1
};

// A list of rules, or nothing. Throws invalid with `where` and the line for unknown or repeated
// keys, values of the wrong type, other actions, and anything after the list.
std::vector<RelabelRule> parse_relabel_rules(std::string_view yaml, const std::string& where);

}  // namespace strata::block
