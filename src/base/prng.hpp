#pragma once

#include <cstdint>
#include <string_view>

namespace mingyue {

/// Deterministic integer randomness: xoshiro256** (Blackman and Vigna, 2018), seeded through SplitMix64. The same seed
/// gives the same draws on every machine and library. One stream per purpose: `split("faults")` gives a stream of its
/// own, so a new draw here does not disturb the story over there.
class Prng {
 public:
  explicit Prng(std::uint64_t seed);
  [[nodiscard]] Prng split(std::string_view purpose) const;

  /// A whole 64-bit draw.
  std::uint64_t next();
  /// Uniform in [0, bound); bound > 0. Without modulo bias (rejection).
  std::uint64_t below(std::uint64_t bound);
  /// Uniform in [low, high].
  std::int64_t between(std::int64_t low, std::int64_t high);
  /// True with probability numerator / denominator.
  bool chance(std::uint64_t numerator, std::uint64_t denominator);

 private:
  std::uint64_t state_[4];
};

}  // namespace mingyue
