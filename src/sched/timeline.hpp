#pragma once

#include <cstdint>
#include <vector>

#include "sched/room.hpp"

namespace mingyue::sched {

/// The free room of one node from now on, as far as it is known: a step function of time. It starts with what is free
/// now, gains when running work ends at its limit, and loses where work is promised.
///
/// Cost: take() and give() are linear in the number of steps of this node, least() and earliest() in the number of
/// steps that they pass.
class Timeline {
 public:
  struct Step {
    Instant at;  ///< until the next step's `at`; the last one lasts for ever
    Room free;
    friend bool operator==(const Step&, const Step&) = default;
  };

  Timeline(Instant now, const Room& free) : steps_{{now, free}} {}

  /// Less room in [from, to).
  void take(Instant from, Instant to, const Room& room) { change(from, to, Room{} - room); }
  /// More room in [from, to).
  void give(Instant from, Instant to, const Room& room) { change(from, to, room); }

  /// What is free throughout [from, to), component by component.
  [[nodiscard]] Room least(Instant from, Instant to) const;

  /// The first start in [from, limit] at which `need` is free for all of `wall`; `never` if there is none.
  [[nodiscard]] Instant earliest(Instant from, Duration wall, const Room& need, Instant limit) const;

  /// What a gang wants to know of this node for a start at `from`.
  struct Window {
    std::int32_t tasks = 0;  ///< how many tasks fit for all of `wall`
    Instant until = never;   ///< for starts before this one, the answer is the same
  };
  [[nodiscard]] Window window(Instant from, Duration wall, const Room& need, std::int32_t most) const;

  /// The first instant after `from` at which any resource gains.
  [[nodiscard]] Instant next_gain(Instant from) const;

  /// Since when `need` has been free without a break, seen from `t` (`t` itself if it is not free then).
  [[nodiscard]] Instant free_since(Instant t, const Room& need) const;

  /// The instants at which it changes, ascending; the first is its beginning.
  [[nodiscard]] const std::vector<Step>& steps() const { return steps_; }

 private:
  void change(Instant from, Instant to, const Room& difference);
  [[nodiscard]] std::size_t index_at(Instant t) const;
  std::size_t split(Instant t);

  std::vector<Step> steps_;
};

}  // namespace mingyue::sched
