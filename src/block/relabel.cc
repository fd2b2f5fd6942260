#include "block/relabel.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <optional>
#include <vector>

#include "base/big_endian.h"
#include "base/bytes.h"
#include "base/error.h"
#include "block/digest.h"
#include "block/relabel_rule.h"

namespace strata::block {
namespace {

// The pattern as Prometheus hands it to Go, in the spelling that RE2 understands: it has no
// (?<name>.
// Empty for \C, which only RE2 knows.
std::optional<std::string> anchored(std::string_view pattern) {
  std::string out = "^(?s:";
  bool in_class = false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const auto rest = pattern.substr(i);
    if (rest.starts_with("\\Q")) {
      const std::size_t end = std::min(rest.find("\\E"), rest.size());
      out += rest.substr(0, end);
      i += end - 1;
    } else if (rest[0] == '\\' && rest.size() > 1) {
      if (rest[1] == 'C') {
        return std::nullopt;
      }
      out += rest.substr(0, 2);
      ++i;
    } else if (!in_class && rest.starts_with("(?<")) {
      out += "(?P<";
      i += 2;
    } else {
      in_class = in_class ? rest[0] != ']' : rest[0] == '[';
      out += rest[0];
    }
  }
  return out + ")$";
}

std::uint64_t hash_of(std::string_view text) {
  const auto digest = md5(as_bytes(text));
  return load_be<std::uint64_t>(digest.data() + 8);
}

struct CompiledRule {
  RelabelRule rule;
  std::unique_ptr<const re2::RE2> regex;
};

}  // namespace

struct RelabelConfig::Rules {
  std::vector<CompiledRule> list;
};

RelabelConfig RelabelConfig::parse(std::string_view yaml, const std::string& where) {
  auto rules = std::make_shared<Rules>();
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(std::int64_t{64} << 20);
  for (RelabelRule& rule : parse_relabel_rules(yaml, where)) {
    const auto pattern = anchored(rule.regex);
    auto regex = std::make_unique<re2::RE2>(pattern.value_or("\\C"), options);
    if (!pattern || !regex->ok()) {
      throw_invalid(fmt::format("{}: line {}: regex: {}", where, rule.line,
                                pattern ? regex->error() : "\\C is not known"));
    }
    rules->list.push_back({std::move(rule), std::move(regex)});
  }
  RelabelConfig config;
  if (!rules->list.empty()) {
    config.rules_ = std::move(rules);
  }
  return config;
}

bool RelabelConfig::keeps(Labels labels) const {
  if (rules_ == nullptr) {
    return true;
  }
  for (const auto& [rule, regex] : rules_->list) {
    std::string value;
    for (std::size_t i = 0; i < rule.source_labels.size(); ++i) {
      const auto found = labels.find(rule.source_labels[i]);
      value += i == 0 ? "" : rule.separator;
      value += found == labels.end() ? "" : found->second;
    }
    if (rule.action == RelabelAction::kHashMod) {
      labels[rule.target_label] = std::to_string(hash_of(value) % rule.modulus);
    } else if (re2::RE2::PartialMatch(value, *regex) == (rule.action == RelabelAction::kDrop)) {
      return false;
    }
  }
  return true;
}

}  // namespace strata::block
