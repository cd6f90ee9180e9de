#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sched/context.hpp"
#include "sched/partition_line.hpp"

/// The plan of a large partition: by PartitionLine, where a promise is a count over time and nodes are named when a job
/// starts. The same rule as in a small one (conservative backfill in the order of the queue, sched/plan.hpp), at a cost
/// that a partition of 10,000 nodes can bear. What it does not say, and a small partition's plan does: on which nodes a
/// promise will be kept, and by how much a start now would delay whom.
namespace mingyue::sched {

class CountedPlan {
 public:
  CountedPlan(Context& context, std::int32_t partition);

  /// What jobs ask of it has its number there, and whether it can ever hold that.
  [[nodiscard]] PartitionLine& line() { return line_; }

  /// Gives each candidate its booking: with nodes where it starts now, without where it is promised. A candidate that
  /// may preempt, and must wait, looks for victims: those who lose least by it, as many as it takes. At most
  /// `claims_max` do so in one plan.
  void plan(std::vector<Candidate>& candidates);

  // After plan(), what has happened since (counted_kept.cpp). The snapshot's now is that of the event.

  /// Whether it can go on: no node of the partition is closed to it now, and nothing that runs has outlived its limit.
  [[nodiscard]] bool goes_on();
  /// A candidate that the line does not know, behind all that it does.
  void arrive(const Candidate& candidate);
  /// It waits no longer, and did not start.
  void leave(model::JobId job);
  [[nodiscard]] bool runs(model::JobId job) const { return line_.runs(job); }
  /// Of work in the snapshot, or of a candidate that started.
  void end(const RunningView& run, Instant at);
  void end(const Candidate& candidate, Instant at);
  /// Gives the candidate the booking of its start, and takes the room.
  void book_start(Candidate& candidate, const std::vector<model::NodeId>& nodes);

  /// After plan().
  void classify_idle(const std::vector<Candidate>& candidates, std::vector<IdleClasses>& idle) const;

  static constexpr int claims_max = 4;

 private:
  friend class CountedReasons;
  void take(const Candidate& started, bool back);
  void hold_for_reservations(const std::vector<Candidate>& candidates, std::int64_t& cores,
                             std::map<std::int32_t, std::int64_t>& cards) const;
  [[nodiscard]] Instant floor_of(const Candidate& candidate) const;
  void submit(PartitionLine& line, const std::vector<Candidate>& candidates, std::size_t count) const;
  void preempt_for(std::vector<Candidate>& candidates, std::size_t index);
  /// Running work that was asked to end by an earlier plan, and for whose end the candidate waits.
  [[nodiscard]] std::vector<model::AttemptId> ending_for(const Candidate& candidate) const;
  [[nodiscard]] Instant start_without(const std::vector<Candidate>& candidates, std::size_t index,
                                      const std::vector<std::size_t>& victims) const;

  // counted_moves.cpp
  void move_for_first(std::vector<Candidate>& candidates);
  [[nodiscard]] bool works(const std::vector<Candidate>& candidates, const Candidate& first,
                           const std::vector<std::size_t>& victims, Instant out) const;

  Context& context_;
  std::int32_t partition_;
  PartitionLine line_;
  std::vector<NodeFacts> nodes_;
  std::vector<Room> free_;           ///< now, less the starts; of nodes that are closed now, nothing
  std::vector<Room> free_unclosed_;  ///< ... and as if no node were closed; empty: none ever is
  std::vector<Instant> closings_;    ///< the instants after now at which nodes close, for the first time each
  std::vector<char> claimed_;
};

/// Why the jobs of a counted partition wait. Walks the queue in its order.
class CountedReasons {
 public:
  explicit CountedReasons(const CountedPlan& plan) : plan_(plan), free_(plan.free_) {}

  /// Who was asked to end for the candidate, by this plan or by one before it.
  [[nodiscard]] std::vector<model::AttemptId> asked_to_end(const Candidate& candidate) const;
  /// Code and arguments for a candidate that waits for room.
  void explain(Wait& wait, const Candidate& candidate);
  /// For a job that the partition can never hold.
  void explain_too_large(Wait& wait, std::span<const ShapeId> shapes);
  void pass(const Candidate& candidate);

 private:
  using Parts = std::vector<std::int64_t>;
  struct Known {
    bool fits = false;                      ///< into what is free now, until it ends
    std::optional<Shared<Words>> reserved;  ///< else: it would if nothing were reserved
    std::int32_t spares_missed = 0;         ///< so many nodes are kept as spares, and with them it would fit
    Shared<Words> missing;                  ///< that number, or what is short
  };
  [[nodiscard]] const Known& known(ShapeId id, Duration wall);
  using Asked = std::pair<ShapeId, std::ptrdiff_t>;  ///< a shape, and how many closings it would run into

  const CountedPlan& plan_;
  const std::vector<Room>& free_;
  std::map<Asked, Known> known_;
  std::map<Parts, Known> too_large_;
  const Candidate* soonest_ = nullptr;  ///< of those passed: who is promised first
  Shared<Words> kept_for_;              ///< who that is
};

}  // namespace mingyue::sched
