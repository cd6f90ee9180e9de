#include "twin/exponential.hpp"

#include <algorithm>

#include "base/units.hpp"

namespace mingyue::twin {

std::uint64_t draw_exponential(Prng& prng) {
  for (std::uint64_t whole = 0;; ++whole) {
    // A falling run of uniforms: u1 > u2 > ... > un ≤ u(n+1). If its length is odd, u1 is the fraction.
    const std::uint64_t first = prng.next();
    std::uint64_t last = first;
    int length = 1;
    for (std::uint64_t u = prng.next(); u < last; u = prng.next()) last = u, ++length;
    if (length % 2 == 1) return (whole << 32U) + (first >> 32U);
  }
}

Duration draw_exponential(Prng& prng, Duration mean) {
  const auto draw = static_cast<Int128>(draw_exponential(prng)) * mean.raw();
  return Duration{std::max<std::int64_t>(1, static_cast<std::int64_t>(draw >> 32))};
}

}  // namespace mingyue::twin
