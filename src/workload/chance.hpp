#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/prng.hpp"
#include "base/time.hpp"
#include "base/units.hpp"

/// Distributions in whole numbers, the same to the last bit on every machine: no floating point, no library's exp().
namespace mingyue::workload {

/// A number with 32 bits behind the point.
using Fixed = std::int64_t;
inline constexpr Fixed one = Fixed{1} << 32;
/// `fixed(3, 4)` is 0.75, rounded down.
[[nodiscard]] constexpr Fixed fixed(std::int64_t numerator, std::int64_t denominator) {
  return static_cast<Fixed>((static_cast<Int128>(numerator) << 32) / denominator);
}
/// value × factor, rounded down.
[[nodiscard]] constexpr std::int64_t times(std::int64_t value, Fixed factor) {
  return static_cast<std::int64_t>((static_cast<Int128>(value) * factor) >> 32);
}
/// Uniform in [0, 1).
[[nodiscard]] inline Fixed draw_share(Prng& prng) { return static_cast<Fixed>(prng.next() >> 32U); }

/// The square root, rounded down.
constexpr std::uint64_t whole_root(Uint128 square) {
  std::uint64_t root = 0;
  for (int bit = 63; bit >= 0; --bit) {
    const std::uint64_t larger = root | (std::uint64_t{1} << static_cast<unsigned>(bit));
    if (static_cast<Uint128>(larger) * larger <= square) root = larger;
  }
  return root;
}

namespace detail {
/// 2^(i/256) with 62 bits behind the point: products of the roots 2^(1/2), 2^(1/4) ... 2^(1/256).
constexpr std::array<std::uint64_t, 257> powers_of_two() {
  std::array<std::uint64_t, 8> roots{};
  Uint128 square = Uint128{1} << 125U;  // 2, with 124 bits behind the point
  for (auto& each : roots) {
    each = whole_root(square);
    square = static_cast<Uint128>(each) << 62U;
  }
  std::array<std::uint64_t, 257> powers{};
  for (unsigned i = 0; i <= 256; ++i) {
    Uint128 power = Uint128{1} << 62U;
    for (unsigned k = 0; k < 8; ++k) {
      if ((i & (128U >> k)) != 0) power = (power * roots[k]) >> 62U;
    }
    powers[i] = static_cast<std::uint64_t>(i == 256 ? Uint128{1} << 63U : power);
  }
  return powers;
}
inline constexpr auto powers = powers_of_two();
}  // namespace detail

/// value × 2^exponent, rounded down; value and result not negative, the result at most `max`. Between 256 exact powers
/// it goes in straight lines, which is right within 1e-6.
[[nodiscard]] constexpr std::int64_t times_power_of_two(std::int64_t value, Fixed exponent, std::int64_t max) {
  const Fixed whole = exponent >> 32;
  const auto fraction = static_cast<std::uint64_t>(exponent) & 0xffff'ffffULL;
  const std::uint64_t i = fraction >> 24U;
  const std::uint64_t low = detail::powers[i];
  const std::uint64_t power =
      low + static_cast<std::uint64_t>(
                (static_cast<Uint128>(detail::powers[i + 1] - low) * (fraction & 0xff'ffffULL)) >> 24U);
  const Uint128 product = static_cast<Uint128>(static_cast<std::uint64_t>(value)) * power;  // 62 bits behind the point
  if (whole >= 62) return value == 0 ? 0 : max;
  if (whole <= -64) return 0;
  const Uint128 result = product >> static_cast<unsigned>(62 - whole);
  return result > static_cast<Uint128>(max) ? max : static_cast<std::int64_t>(result);
}

/// A draw of the normal distribution with mean 0 and deviation 1. The number of ones among 256 fair bits has deviation
/// 8 and is normal to within 0.002 in its distribution; a uniform draw fills the gaps between whole numbers.
[[nodiscard]] Fixed draw_normal(Prng& prng);

/// A log-normal duration: its median, and the deviation of its natural logarithm. At least 1 s, at most `max`.
[[nodiscard]] Duration draw_log_normal(Prng& prng, Duration median, Fixed sigma, Duration max);

/// run × U(1, 2): what users ask for when nothing better is known.
[[nodiscard]] inline Duration drawn_request(Duration run, Prng& prng) {
  return run + Duration(times(run.raw(), draw_share(prng)));
}

/// Picks an index with chances in proportion to weights.
class Choice {
 public:
  Choice() = default;
  explicit Choice(std::span<const std::uint64_t> weights);
  /// Weights 1, 1/2, 1/3 ... of `count` ranks: a few do most.
  [[nodiscard]] static Choice zipf(std::uint32_t count);
  [[nodiscard]] std::uint32_t draw(Prng& prng) const { return at(prng.next()); }
  /// The index for 64 bits that are uniform already, such as a hash.
  [[nodiscard]] std::uint32_t at(std::uint64_t bits) const;
  [[nodiscard]] std::uint32_t count() const { return static_cast<std::uint32_t>(sums_.size()); }

 private:
  std::vector<std::uint64_t> sums_;  // running; their sum below 2^63
};

/// Uniform shares that cover [0, 1) evenly: steps of the golden ratio from a start drawn once. What depends on rare
/// large values (a month's load on its few longest jobs) then comes out as it should, and not by luck.
class EvenShares {
 public:
  EvenShares() = default;
  explicit EvenShares(Prng& prng) : at_(prng.next()) {}
  [[nodiscard]] Fixed next() {
    at_ += 0x9e37'79b9'7f4a'7c15ULL;
    return static_cast<Fixed>(at_ >> 32U);
  }

 private:
  std::uint64_t at_ = 0;
};

/// Mixes 64 bits: neighbours come out far apart.
[[nodiscard]] constexpr std::uint64_t mixed(std::uint64_t x) {
  x += 0x9e37'79b9'7f4a'7c15ULL;
  x = (x ^ (x >> 30U)) * 0xbf58'476d'1ce4'e5b9ULL;
  x = (x ^ (x >> 27U)) * 0x94d0'49bb'1331'11ebULL;
  return x ^ (x >> 31U);
}

}  // namespace mingyue::workload
