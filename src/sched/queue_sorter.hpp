#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "sched/asks.hpp"
#include "sched/context.hpp"
#include "sched/counted_plan.hpp"
#include "sched/queue_order.hpp"
#include "sched/reasons.hpp"

namespace mingyue::sched {

/// Sorts the queue into those that may be planned and those that may not, and why. Its context and the plans that count
/// must outlive it.
class QueueSorter {
 public:
  QueueSorter(Context& context, std::vector<std::unique_ptr<CountedPlan>>& counted);

  /// All that wait in the snapshot, once.
  void sort();

  /// One who has come since, or waits for another reason now: behind all candidates, whatever the order says of it. The
  /// view must outlive the sorter. Its place in the queue is the one that the order gives it, among those of sort().
  [[nodiscard]] const Queued& add_late(const WaitingView& job);

  [[nodiscard]] const std::vector<Queued>& queue() const { return queue_; }                ///< of sort(), in order
  [[nodiscard]] std::vector<std::vector<Candidate>>& candidates() { return candidates_; }  ///< by section, in order
  /// Jobs of guest partitions that may go to the engine now, in order.
  [[nodiscard]] const std::vector<model::JobId>& handed_over() const { return handed_over_; }
  /// By place in the snapshot: the index into queue(), or `not_queued`.
  [[nodiscard]] const std::vector<std::uint32_t>& queued_at() const { return queued_at_; }
  static constexpr std::uint32_t not_queued = UINT32_MAX;

 private:
  /// What follows from what is asked.
  struct Ask {
    bool known = false;
    bool ever_fits = false;
    std::vector<ShapeId> shapes;
    std::int32_t line_shape = -1;
  };

  [[nodiscard]] Duration wall_asked(std::int32_t section, const WaitingView& job) const;
  [[nodiscard]] std::size_t number_of(std::int32_t section, const WaitingView& job);
  [[nodiscard]] const Ask& ask_of(const WaitingView& job, std::int32_t section, std::size_t number);
  [[nodiscard]] Queued queued(const WaitingView& job, const PriorityTerms& terms, std::size_t number);
  void line_up(Queued& queued, const Ask& ask, std::int32_t place);
  void add(const WaitingView& job, const PriorityTerms& terms, std::size_t number);

  Context& context_;
  std::vector<std::unique_ptr<CountedPlan>>& counted_;
  QueueOrder order_;
  std::vector<Queued> queue_;
  std::vector<std::uint32_t> queued_at_;
  std::vector<model::JobId> handed_over_;
  std::vector<PriorityTerms> terms_;                ///< by place in the snapshot
  std::vector<std::vector<Candidate>> candidates_;  ///< by section, in order
  std::vector<std::vector<NodeFacts>> nodes_;       ///< by section
  std::vector<std::vector<Room>> totals_;
  Asks numbers_;
  std::vector<Ask> asks_;  ///< by number
  struct Late {
    Queued queued;
    PriorityTerms terms;
  };
  std::deque<Late> late_;
};

}  // namespace mingyue::sched
