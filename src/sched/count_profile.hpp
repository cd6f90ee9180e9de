#pragma once

#include <cstdint>
#include <vector>

#include "base/time.hpp"

/// How many interchangeable things are free, from now on: a step function over time. The planner's calendar of whole
/// nodes: between interchangeable nodes a promise is a count over time, and a node is named only when its job starts.
///
/// Kept as blocks of at most 128 steps with the least and largest value of each, so that every call costs
/// O(blocks + 128): about a microsecond at 100,000 steps.
namespace mingyue::sched {

class CountProfile {
 public:
  /// `free` from `from` on, for ever.
  explicit CountProfile(Instant from = Instant{0}, std::int32_t free = 0);

  /// Adds `delta` over [from, to). `to` may be `never`.
  void add(Instant from, Instant to, std::int32_t delta);

  /// How many are free at `t`. Before the first step: as at the first.
  [[nodiscard]] std::int32_t at(Instant t) const;

  /// The least over [from, to).
  [[nodiscard]] std::int32_t least(Instant from, Instant to) const;

  /// The earliest t ≥ from, and before `before`, with at least `count` free over [t, t + time); `never` if there is
  /// none.
  [[nodiscard]] Instant earliest(Instant from, Duration time, std::int32_t count, Instant before = never) const;

  /// From `from` on, the first t with fewer than `count` free; `never` if there is none.
  [[nodiscard]] Instant until_below(Instant from, std::int32_t count) const;

  /// From `from` on, the first t before `before` with at least `count` free; `never` if there is none.
  [[nodiscard]] Instant until_at_least(Instant from, std::int32_t count, Instant before = never) const;

  /// At least `count` are free over [from, until), and fewer just before and after, if that is not before where it was
  /// looked from.
  struct Run {
    Instant from = never;
    Instant until = never;
  };
  /// The first run not before `from`, and before `before`; `never` if there is none.
  [[nodiscard]] Run next_run(Instant from, std::int32_t count, Instant before = never) const;

  /// The most over [from, to).
  [[nodiscard]] std::int32_t most(Instant from, Instant to) const;

  /// Since when at least `count` have been free without a break, seen from t; t itself if fewer are free then.
  [[nodiscard]] Instant since_at_least(Instant t, std::int32_t count) const;

  /// The first step after t; `never` if there is none.
  [[nodiscard]] Instant next_step(Instant t) const;

  /// The last step: from then on nothing changes.
  [[nodiscard]] Instant last_step() const { return blocks_.back().steps.back().at; }

  /// Forgets what was before `now`.
  void advance(Instant now);

  [[nodiscard]] std::size_t steps() const;

 private:
  struct Step {
    Instant at;
    std::int32_t free = 0;  ///< without the block's `all`
  };
  struct Block {
    std::vector<Step> steps;  ///< at least one
    std::int32_t all = 0;     ///< to be added to each
    std::int32_t least = 0;   ///< with `all`
    std::int32_t most = 0;
  };
  struct Place {
    std::size_t block = 0;
    std::size_t step = 0;
  };

  void measure(Block& block) const;
  [[nodiscard]] Place place_of(Instant t) const;  ///< the step in force at t
  Place cut(Instant t);                           ///< makes a step begin at t
  void join(Instant t);                           ///< drops the step at t if it changes nothing
  [[nodiscard]] Place find_below(Place from, std::int32_t count) const;
  [[nodiscard]] Place find_at_least(Place from, std::int32_t count, Instant before) const;
  [[nodiscard]] Instant time_of(Place place) const;  ///< `never` past the last step

  std::vector<Block> blocks_;
  std::vector<Instant> begins_;  ///< of each block: its first step, close together for the search
};

}  // namespace mingyue::sched
