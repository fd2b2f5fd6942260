#include "base/ulid.h"

#include <sys/random.h>

#include <cerrno>
#include <cstring>

#include "base/big_endian.h"
#include "base/error.h"

namespace strata {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

int digit(char c) {
  if (c >= 'a' && c <= 'z') {
    c = static_cast<char>(c - 'a' + 'A');
  }
  const auto at = kAlphabet.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

}  // namespace

// 26 digits of 5 bits are 130 bits: the first digit carries 3.
__extension__ using Wide128 = unsigned __int128;

std::optional<Ulid> Ulid::parse(std::string_view text) {
  if (text.size() != kTextSize || digit(text[0]) < 0 || digit(text[0]) > 7) {
    return std::nullopt;
  }
  Wide128 value = 0;
  for (const char c : text) {
    const int d = digit(c);
    if (d < 0) {
      return std::nullopt;
    }
    value = (value << 5) | static_cast<unsigned>(d);
  }
  std::array<std::uint8_t, 16> bytes{};
  for (int i = 15; i >= 0; --i) {
    bytes[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(value);
    value >>= 8;
  }
  return Ulid(bytes);
}

std::string Ulid::to_string() const {
  Wide128 value = 0;
  for (const auto byte : bytes_) {
    value = (value << 8) | byte;
  }
  std::string text(kTextSize, '0');
  for (std::size_t i = kTextSize; i-- > 0;) {
    text[i] = kAlphabet[static_cast<std::size_t>(value & 31)];
    value >>= 5;
  }
  return text;
}

Timestamp Ulid::time_ms() const {
  return static_cast<Timestamp>(load_be<std::uint64_t>(bytes_.data()) >> 16);
}

UlidSource::UlidSource(const Clock& clock, std::optional<std::uint64_t> seed) : clock_(clock) {
  if (seed) {
    generator_.emplace(*seed);
  }
}

Ulid UlidSource::next() {
  std::uint64_t random[2];
  MutexLock lock(mutex_);
  if (generator_) {
    random[0] = (*generator_)();
    random[1] = (*generator_)();
  } else if (getrandom(random, sizeof random, 0) != sizeof random) {
    throw errno_error(errno, "read", "kernel randomness");
  }
  std::array<std::uint8_t, 16> bytes;
  std::memcpy(bytes.data(), random, sizeof random);
  const auto ms = static_cast<std::uint64_t>(clock_.now_ms());
  for (std::size_t i = 0; i < 6; ++i) {
    bytes[i] = static_cast<std::uint8_t>(ms >> (8 * (5 - i)));
  }
  return Ulid(bytes);
}

}  // namespace strata

std::size_t std::hash<strata::Ulid>::operator()(const strata::Ulid& id) const noexcept {
  std::size_t value;
  std::memcpy(&value, id.bytes().data() + 8, sizeof value);
  return value;
}
