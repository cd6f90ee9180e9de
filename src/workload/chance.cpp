#include "workload/chance.hpp"

#include <algorithm>
#include <bit>

#include "base/invariant.hpp"

namespace mingyue::workload {

Fixed draw_normal(Prng& prng) {
  int ones = 0;
  for (int i = 0; i < 4; ++i) ones += std::popcount(prng.next());
  return ((ones - 128) * one + draw_share(prng) - one / 2) / 8;
}

Duration draw_log_normal(Prng& prng, Duration median, Fixed sigma, Duration max) {
  constexpr Fixed log2_of_e = 6'196'328'018;  // 1.4426950408889634
  const Fixed exponent = times(times(sigma, draw_normal(prng)), log2_of_e);
  return std::max(seconds(1), Duration(times_power_of_two(median.raw(), exponent, max.raw())));
}

Choice::Choice(std::span<const std::uint64_t> weights) {
  std::uint64_t sum = 0;
  for (const std::uint64_t weight : weights) {
    INVARIANT(weight < (std::uint64_t{1} << 62U) && sum < (std::uint64_t{1} << 62U),
              "weights of a choice are too large");
    sums_.push_back(sum += weight);
  }
  INVARIANT(sum > 0, "a choice of {} without a weight", sums_.size());
}

Choice Choice::zipf(std::uint32_t count) {
  std::vector<std::uint64_t> weights;
  for (std::uint64_t rank = 1; rank <= count; ++rank) weights.push_back((std::uint64_t{1} << 40U) / rank);
  return Choice(weights);
}

std::uint32_t Choice::at(std::uint64_t bits) const {
  const auto draw = static_cast<std::uint64_t>((static_cast<Uint128>(bits) * sums_.back()) >> 64U);
  return static_cast<std::uint32_t>(std::ranges::upper_bound(sums_, draw) - sums_.begin());
}

}  // namespace mingyue::workload
