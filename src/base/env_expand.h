#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace strata {

using EnvLookup = std::function<std::optional<std::string>(const std::string& name)>;

// The process' own environment.
std::optional<std::string> lookup_env(const std::string& name);

// Replaces every $(NAME), NAME being letters, digits and underscores, by the variable's value,
// which is not looked through again. There is no escaping: whatever else stands after a '$' stays.
// An unset variable is an invalid error.
std::string expand_env(std::string_view text, const EnvLookup& lookup = lookup_env);

}  // namespace strata
