#include "block/relabel_rule.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "base/error.h"
#include "block/json_text.h"

namespace strata::block {
namespace {

constexpr std::uint64_t kMaxConfigSize = std::uint64_t{1} << 20;

class RuleParser {
 public:
  explicit RuleParser(const std::string& where) : where_(where) {}

  RelabelRule parse(const YAML::Node& node) const;
  [[noreturn]] void fail(const YAML::Node& node, std::string_view message) const {
    throw_invalid(fmt::format("{}: line {}: {}", where_, node.Mark().line + 1, message));
  }

 private:
  void field(const std::string& name, const YAML::Node& value, RelabelRule& rule,
             std::string& action) const;
  std::string text(const std::string& name, const YAML::Node& value) const;
  std::uint64_t number(const std::string& name, const YAML::Node& value) const;
  std::string label_name(const std::string& name, const YAML::Node& value) const;
  void check(const YAML::Node& node, const std::string& action, RelabelRule& rule) const;

  const std::string& where_;
};

std::string RuleParser::text(const std::string& name, const YAML::Node& value) const {
  if (!value.IsScalar()) {
    fail(value, fmt::format("{}: not a string", name));
  }
  return value.Scalar();
}

std::uint64_t RuleParser::number(const std::string& name, const YAML::Node& value) const {
  std::string digits = text(name, value);
  const bool is_quoted = value.Tag() == "!";
  const int base = digits.starts_with("0x") ? 16 : 10;
  digits.erase(0, base == 16 ? 2 : 0);
  std::uint64_t out = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), out, base);
  if (is_quoted || error != std::errc() || end != digits.data() + digits.size()) {
    fail(value, fmt::format("{}: not a whole number", name));
  }
  return out;
}

std::string RuleParser::label_name(const std::string& name, const YAML::Node& value) const {
  std::string label = text(name, value);
  for (std::size_t i = 0; i < label.size();) {
    const std::size_t length = utf8_length(std::string_view(label).substr(i));
    if (length == 0) {
      fail(value, fmt::format("{}: a label name is not UTF-8", name));
    }
    i += length;
  }
  if (label.empty()) {
    fail(value, fmt::format("{}: an empty label name", name));
  }
  return label;
}

void RuleParser::field(const std::string& name, const YAML::Node& value, RelabelRule& rule,
                       std::string& action) const {
  constexpr std::string_view kIgnored = "replacement";
  if (name == "source_labels") {
    if (!value.IsNull() && !value.IsSequence()) {
      fail(value, "source_labels: not a list");
    }
    for (const auto& label : value) {
      rule.source_labels.push_back(label_name(name, label));
    }
  } else if (name == "separator" || name == "regex" || name == "target_label" || name == "action" ||
             name == kIgnored) {
    if (value.IsNull()) {
      return;
    }
    std::string ignored;
    (name == "separator"      ? rule.separator
     : name == "regex"        ? rule.regex
     : name == "target_label" ? rule.target_label
     : name == "action"       ? action
                              : ignored) = text(name, value);
  } else if (name == "modulus") {
    rule.modulus = value.IsNull() ? 0 : number(name, value);
  } else {
    fail(value, fmt::format("{}: an unknown key", name));
  }
}

void RuleParser::check(const YAML::Node& node, const std::string& action, RelabelRule& rule) const {
  std::string lower = action;
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  });
  if (lower == "keep") {
    rule.action = RelabelAction::kKeep;
  } else if (lower == "drop") {
    rule.action = RelabelAction::kDrop;
  } else if (lower == "hashmod") {
    rule.action = RelabelAction::kHashMod;
  } else {
    fail(node, fmt::format("action: {} selects no blocks; known are keep, drop and hashmod",
                           action.empty() ? "replace (the default)" : action));
  }
  if (rule.action == RelabelAction::kHashMod && rule.modulus == 0) {
    fail(node, "modulus: hashmod needs one above 0");
  }
  if (rule.action == RelabelAction::kHashMod && rule.target_label.empty()) {
    fail(node, "target_label: hashmod needs one");
  }
}

RelabelRule RuleParser::parse(const YAML::Node& node) const {
  if (!node.IsMap()) {
    fail(node, "a rule is a map");
  }
  RelabelRule rule;
  rule.line = node.Mark().line + 1;
  std::string action;
  std::set<std::string> seen;
  for (const auto& member : node) {
    const std::string name = text("a key", member.first);
    if (!seen.insert(name).second) {
      fail(member.first, fmt::format("{}: given twice", name));
    }
    field(name, member.second, rule, action);
  }
  check(node, action, rule);
  return rule;
}

}  // namespace

std::vector<RelabelRule> parse_relabel_rules(std::string_view yaml, const std::string& where) {
  if (yaml.size() > kMaxConfigSize) {
    throw_invalid(fmt::format("{}: more than {} bytes", where, kMaxConfigSize));
  }
  const RuleParser parser(where);
  std::vector<RelabelRule> rules;
  try {
    const auto documents = YAML::LoadAll(std::string(yaml));
    if (documents.empty() || (documents.size() == 1 && documents[0].IsNull())) {
      return rules;
    }
    if (documents.size() > 1) {
      parser.fail(documents[1], "something follows the list of rules");
    }
    if (!documents[0].IsSequence()) {
      parser.fail(documents[0], "not a list of rules");
    }
    for (const auto& node : documents[0]) {
      rules.push_back(parser.parse(node));
    }
  } catch (const YAML::Exception& error) {
    throw_invalid(fmt::format("{}: line {}, column {}: {}", where, error.mark.line + 1,
                              error.mark.column + 1, error.msg));
  }
  return rules;
}

}  // namespace strata::block
