#pragma once

#include <cstdint>

#include "base/describe.hpp"
#include "base/time.hpp"

namespace mingyue::core {

/// Recent use that halves with every half-life, in weighted resource-milliseconds. Whole numbers only: it decays in 64
/// equal steps a half-life, each by the factor 2^(-1/64) in 32-bit fixed point, rounded down, so every machine agrees.
struct DecayedUsage {
  std::int64_t value = 0;
  Instant as_of;  ///< always at a step's boundary

  /// The value at `now`.
  [[nodiscard]] std::int64_t at(Instant now, Duration half_life) const;
  /// Decays to `now`, then adds.
  void add(std::int64_t amount, Instant now, Duration half_life);
};
DESCRIBE(DecayedUsage, value, as_of)

}  // namespace mingyue::core
