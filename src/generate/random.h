#pragma once

#include <cstdint>

namespace strata::generate {

// Steele, Lea, Flood: "Fast splittable pseudorandom number generators" (2014), the output function.
constexpr std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

inline constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15U;

// A key from several numbers; their order matters.
template <class... Rest>
constexpr std::uint64_t mix(std::uint64_t first, std::uint64_t second, Rest... rest) {
  return mix(mix(first + kGolden) ^ (second + kGolden), rest...);
}

// [0, 1)
constexpr double to_unit(std::uint64_t bits) {
  return static_cast<double>(static_cast<std::int64_t>(bits >> 11)) * 0x1p-53;
}

// A stream of numbers that is the same on every machine, unlike the standard distributions.
class Random {
 public:
  explicit constexpr Random(std::uint64_t key) : state_(key) {}

  constexpr std::uint64_t next() { return mix(state_ += kGolden); }
  constexpr double unit() { return to_unit(next()); }
  constexpr bool chance(double probability) { return unit() < probability; }
  // [0, bound), bound > 0
  constexpr std::uint64_t below(std::uint64_t bound) { return next() % bound; }
  // [first, last]
  constexpr std::int64_t between(std::int64_t first, std::int64_t last) {
    return first + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(last - first) + 1));
  }

 private:
  std::uint64_t state_;
};

}  // namespace strata::generate
