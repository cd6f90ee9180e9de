#pragma once

#include <bit>
#include <cstdint>

/// Whole numbers on a logarithmic scale, without logarithms: each doubling is cut into equal steps. So "one third
/// longer" is about the same number of steps for a minute as for a day, and every machine counts the same.
namespace mingyue::forecast {

/// `bits`: 2^bits steps to a doubling. Numbers below 2^bits are steps of one.
template <int bits>
struct LogScale {
  static constexpr std::int64_t doubling = std::int64_t{1} << bits;

  /// The step in which `number` lies; monotone. Negative numbers count as 0.
  [[nodiscard]] static constexpr std::int64_t step_of(std::int64_t number) {
    if (number < doubling) return number < 0 ? 0 : number;
    const int shift = std::bit_width(static_cast<std::uint64_t>(number)) - (bits + 1);
    return (std::int64_t{shift} << bits) + (number >> shift);
  }

  /// The least number of a step; saturates where the next would not fit.
  [[nodiscard]] static constexpr std::int64_t least_of(std::int64_t step) {
    if (step < 2 * doubling) return step < 0 ? 0 : step;
    const std::int64_t shift = (step >> bits) - 1;
    if (shift > 61 - bits) return INT64_MAX;
    return ((step & (doubling - 1)) + doubling) << shift;
  }
};

}  // namespace mingyue::forecast
