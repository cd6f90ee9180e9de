#pragma once

#include <map>
#include <utility>
#include <vector>

#include "sched/context.hpp"
#include "sched/preemption.hpp"

namespace mingyue::sched {

/// Gives the candidates of one section (Context) their bookings, in order.
///
///   1. bind      what the last plan promised is booked again, for as long as the order is still the same;
///   2. pass      in order, each candidate gets the earliest booking that there is room for; one that was bound is only
///                moved if that is earlier; one that may preempt and must wait looks for victims. An elastic one gets
///                the earliest that there is for its fewest tasks, and then as many more as there is room for at that
///                instant: nobody before it, and nobody bound, is delayed by them;
///   3. repeat    if a bound booking moved, the room it left may let others move: at most `passes_max` times;
///   4. move      running work is moved, if that lets the first who waits start (sched/moves.hpp).
///
/// Sections share no node at any time, so each is planned by itself.
class PartitionPlanner {
 public:
  static constexpr int passes_max = 4;

  enum class Preempting : std::uint8_t { allowed, not_allowed };

  /// With `resumed`, as if these nodes were available.
  PartitionPlanner(Context& context, std::int32_t section, std::span<const model::NodeId> resumed = {})
      : context_(context), calendar_(context.calendar_of(section, resumed)), frontier_(context.snapshot.now) {}

  void plan(std::vector<Candidate>& candidates, Preempting preempting);

  /// With every booking in it.
  [[nodiscard]] const Calendar& calendar() const { return calendar_; }

 private:
  void bind(std::vector<Candidate>& candidates);
  [[nodiscard]] std::optional<Booking> promised_booking(const Candidate& candidate, const PromiseView& promise);
  [[nodiscard]] bool pass(std::vector<Candidate>& candidates, Preempting preempting);
  [[nodiscard]] std::optional<Booking> search(const Candidate& candidate);
  void grow(Booking& booking);
  void preempt_for(Candidate& candidate, std::span<Candidate> after);
  [[nodiscard]] std::vector<Victim> victims_for(const WaitingView& job) const;

  // partition_moves.cpp
  void move_for_first(std::vector<Candidate>& candidates);
  [[nodiscard]] std::optional<std::size_t> move(Candidate& first, const std::vector<Victim>& movable);
  [[nodiscard]] std::vector<Victim> movable_in(std::int32_t partition);
  [[nodiscard]] std::optional<Booking> elsewhere(const RunningView& run, Instant start);

  Context& context_;
  Calendar calendar_;
  Frontier frontier_;
  std::vector<bool> claimed_;                 ///< by index into Snapshot::running
  std::map<ShapeId, std::int32_t> hopeless_;  ///< the highest rank for which a shape found no victims
};

/// The attempts, already ending, whose room the candidate waits for: those that give way to it, and the last of them
/// ends just when the candidate is to start.
[[nodiscard]] std::vector<model::AttemptId> ending_for(const Context& context, std::span<const NodeFacts> nodes,
                                                       const Candidate& candidate);

}  // namespace mingyue::sched
