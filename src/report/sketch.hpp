#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "base/units.hpp"

namespace mingyue::report {

/// Counts whole numbers from 0 and answers where their quantiles lie, in bounded memory and without chance.
///
/// A log-linear histogram: numbers below 256 have a bucket each; above, each octave is cut into 128 equal buckets and
/// a quantile is answered by the middle of its bucket. So it is off by at most half a bucket: 1/256 of itself, 0.39 %.
/// Count, sum, least and largest are exact. At most 7,424 buckets (58 KiB) for 64-bit numbers; waits of up to a year in
/// milliseconds need 3,712 (29 KiB). add() costs a few nanoseconds.
class Sketch {
 public:
  void add(std::int64_t value) {
    const auto number = static_cast<std::uint64_t>(value < 0 ? 0 : value);
    const std::size_t bucket = bucket_of(number);
    if (bucket >= buckets_.size()) buckets_.resize(bucket + 1);
    ++buckets_[bucket];
    if (count_ == 0 || number < least_) least_ = number;
    if (number > largest_) largest_ = number;
    ++count_;
    sum_ += number;
  }
  void merge(const Sketch& other);

  [[nodiscard]] std::int64_t count() const { return count_; }
  [[nodiscard]] std::int64_t least() const { return static_cast<std::int64_t>(least_); }
  [[nodiscard]] std::int64_t largest() const { return static_cast<std::int64_t>(largest_); }
  /// Sum / count, rounded down; 0 for none.
  [[nodiscard]] std::int64_t mean_floor() const;
  /// The nearest-rank quantile: of n sorted numbers the one at place ceil(n × permille / 1000), the first at least.
  /// 0 for none. Never outside [least, largest].
  [[nodiscard]] std::int64_t quantile(std::int64_t permille) const;

 private:
  static constexpr int exact_bits = 8;  ///< numbers of so many bits have a bucket each
  static std::size_t bucket_of(std::uint64_t number) {
    const int shift = std::bit_width(number) - exact_bits;
    if (shift <= 0) return number;
    // Within its octave the number has eight leading bits, of which the first is 1: 128 buckets.
    return (static_cast<std::size_t>(shift) << (exact_bits - 1)) + static_cast<std::size_t>(number >> shift);
  }
  static std::uint64_t middle_of(std::size_t bucket);

  std::vector<std::int64_t> buckets_;
  std::int64_t count_ = 0;
  Uint128 sum_ = 0;
  std::uint64_t least_ = 0;
  std::uint64_t largest_ = 0;
};

}  // namespace mingyue::report
