#include "core/usage.hpp"

#include <algorithm>

#include "base/units.hpp"

namespace mingyue::core {
namespace {

constexpr std::int64_t steps_per_half_life = 64;
constexpr std::uint64_t one = std::uint64_t{1} << 32;
// 2^(-1/64) * 2^32, rounded down.
constexpr std::uint64_t step_factor = 4'248'701'964ULL;

std::int64_t step_of(Instant t, Duration half_life) {
  const std::int64_t step_ms = std::max<std::int64_t>(1, half_life.raw() / steps_per_half_life);
  return t.raw() / step_ms;
}

std::uint64_t power(std::uint64_t base, std::int64_t exponent) {
  std::uint64_t result = one;
  for (; exponent > 0; exponent >>= 1) {
    if (exponent & 1) result = static_cast<std::uint64_t>((static_cast<Uint128>(result) * base) >> 32);
    base = static_cast<std::uint64_t>((static_cast<Uint128>(base) * base) >> 32);
  }
  return result;
}

}  // namespace

std::int64_t DecayedUsage::at(Instant now, Duration half_life) const {
  const std::int64_t steps = step_of(now, half_life) - step_of(as_of, half_life);
  if (value == 0 || steps <= 0) return value;
  const std::int64_t halvings = steps / steps_per_half_life;
  if (halvings > 62) return 0;
  const std::uint64_t factor = power(step_factor, steps % steps_per_half_life);
  return static_cast<std::int64_t>((static_cast<Uint128>(value >> halvings) * factor) >> 32);
}

void DecayedUsage::add(std::int64_t amount, Instant now, Duration half_life) {
  value = at(now, half_life) + amount;
  as_of = now;
}

}  // namespace mingyue::core
