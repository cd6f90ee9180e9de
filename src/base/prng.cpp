#include "base/prng.hpp"

#include <bit>

#include "base/invariant.hpp"

namespace mingyue {
namespace {
std::uint64_t split_mix(std::uint64_t& x) {
  x += 0x9e3779b97f4a7c15ULL;
  std::uint64_t z = x;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}
}  // namespace

Prng::Prng(std::uint64_t seed) {
  for (auto& word : state_) word = split_mix(seed);
}

Prng Prng::split(std::string_view purpose) const {
  // FNV-1a of the purpose, mixed with the whole state: the parent is not advanced.
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : purpose) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  for (const auto word : state_) hash = (hash ^ word) * 0x100000001b3ULL;
  return Prng(hash);
}

std::uint64_t Prng::next() {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

std::uint64_t Prng::below(std::uint64_t bound) {
  INVARIANT(bound > 0, "a draw below zero");
  const std::uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
  for (;;) {
    const std::uint64_t draw = next();
    if (draw < limit) return draw % bound;
  }
}

std::int64_t Prng::between(std::int64_t low, std::int64_t high) {
  INVARIANT(low <= high, "a draw between {} and {}", low, high);
  return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low) + 1));
}

bool Prng::chance(std::uint64_t numerator, std::uint64_t denominator) { return below(denominator) < numerator; }

}  // namespace mingyue
