#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.hpp"
#include "forecast/lookahead.hpp"

/// What was submitted lately, so that it can be supposed to come again: this time last week, the week before, and so
/// on; while there is less, this time yesterday, the day before. So the arrivals that a look ahead supposes have the
/// rhythm of the day and the week, the bursts and the mixture of the real ones, and nothing is drawn by chance.
namespace mingyue::forecast {

/// By how much to shift a past of which so much is known for the `index`-th supposition: by weeks, while there is less
/// than one by days; nothing if less than a day is known.
[[nodiscard]] std::optional<Duration> lag_of(std::size_t index, Duration known);

class Arrivals {
 public:
  /// Keeps the last `most`, at some 120 bytes each.
  explicit Arrivals(std::size_t most) : most_(most) {}

  /// `run` is what is expected of it. Returns its number here, for `ended`.
  std::uint64_t submitted(const SupposedArrival& arrival, Instant now);
  /// What it took in truth.
  void ended(std::uint64_t number, Duration run);

  /// By how much to shift the past for the `index`-th supposition, so that it begins at `now`; nothing if less than a
  /// day is known.
  [[nodiscard]] std::optional<Duration> lag(std::size_t index, Instant now) const;

  /// Gives the past again, `lag` later, from `now` on. Lives no longer than the Arrivals.
  class Again {
   public:
    Again(const Arrivals& of, Duration lag, Instant now);
    [[nodiscard]] const SupposedArrival* next();

   private:
    const Arrivals& of_;
    Duration lag_;
    std::uint64_t number_;
    SupposedArrival one_;
  };

 private:
  [[nodiscard]] const SupposedArrival& at(std::uint64_t number) const {
    return ring_[static_cast<std::size_t>(number % most_)];
  }
  [[nodiscard]] std::uint64_t oldest() const { return count_ - ring_.size(); }

  std::size_t most_;
  std::uint64_t count_ = 0;  ///< submitted so far
  std::vector<SupposedArrival> ring_;
  std::optional<Instant> first_;  ///< when the history begins
};

}  // namespace mingyue::forecast
