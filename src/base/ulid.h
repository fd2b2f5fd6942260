#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "base/time.h"

namespace strata {

// A block's id: 48 bits of Unix milliseconds, 80 random bits. Byte order, text order and age agree.
class Ulid {
 public:
  static constexpr std::size_t kTextSize = 26;

  Ulid() = default;
  explicit Ulid(const std::array<std::uint8_t, 16>& bytes) : bytes_(bytes) {}

  // Crockford base 32, either letter case. Empty for a wrong length, a foreign character or a first
  // character above 7 (the reference takes such garbage for a block; see docs/compatibility.md).
  static std::optional<Ulid> parse(std::string_view text);

  std::string to_string() const;
  Timestamp time_ms() const;
  const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
  bool is_zero() const { return *this == Ulid(); }

  auto operator<=>(const Ulid&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

// Makes new ids at the clock's time. With a seed the random part is reproducible (--debug.seed);
// without one it comes from the kernel. Thread-safe.
class UlidSource {
 public:
  explicit UlidSource(const Clock& clock, std::optional<std::uint64_t> seed = std::nullopt);
  Ulid next();

 private:
  const Clock& clock_;
  Mutex mutex_;
  std::optional<std::mt19937_64> generator_ GUARDED_BY(mutex_);
};

}  // namespace strata

template <>
struct std::hash<strata::Ulid> {
  std::size_t operator()(const strata::Ulid& id) const noexcept;
};
