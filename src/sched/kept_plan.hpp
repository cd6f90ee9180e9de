#pragma once

#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "sched/plan_news.hpp"
#include "sched/planning.hpp"

namespace mingyue::sched {

/// A whole plan, and what becomes of it when jobs come, start and end: the plan is repaired and not made anew, at a
/// cost that follows from what has happened and not from how much waits. Its lines keep every promise, or move it
/// earlier (sched/line_conservative.cpp, which says when it promises everyone anew).
///
/// Where a repair would not be enough, go_on() says so, and the caller makes a whole plan:
///
///  * anything else than PlanNews has happened (nodes, reservations, budgets, the policy: the caller knows);
///  * the whole plan asked work to end or move;
///  * a start was not granted, or who was to start has changed meanwhile;
///  * a job came or ended in a small partition, which names the nodes of its promises and is planned as a whole, in a
///    guest's, or in a reservation;
///  * running work has outlived its limit, counted from its grant;
///  * a job came that may preempt, has a deadline, goes on after the loss of a node, can never run where it wants
///    to, or stands in the first sixteenth of the queue;
///  * an edge of a deadline or of a window is reached, or some of a counted partition's nodes are closed.
///
/// Who comes stands behind everyone who has a promise, and is told the place that the order gives; so the order is as
/// old as the whole plan. The caller makes one now and then, for the order, for preemption, moves and what is said of
/// why each job waits.
class KeptPlan {
 public:
  KeptPlan(Snapshot snapshot, const PlanSettings& settings);
  KeptPlan(const KeptPlan&) = delete;

  [[nodiscard]] Plan plan();  ///< whole; once, first

  /// Nothing: a whole plan is needed, and this one is of no use any more. `now` never goes back. Costs some 5 to 7
  /// ms with 100,000 jobs on 10,000 nodes, the first time twice that.
  [[nodiscard]] std::optional<PlanStep> go_on(Instant now, PlanNews news);

 private:
  [[nodiscard]] bool were_granted(std::vector<model::JobId> granted);
  [[nodiscard]] CountedPlan* home_of(model::JobId job) const;
  [[nodiscard]] bool end(const std::vector<model::JobId>& jobs, PlanStep& step);
  void drop(model::JobId job);
  [[nodiscard]] bool take(const WaitingView& job, PlanStep& step);
  void catch_up(CountedPlan& in, Instant to, PlanStep& step);
  void start(CountedPlan& in, std::vector<Start> starts, PlanStep& step);
  void tidy(PlanStep& step);
  void explain(PlanStep& step);
  void index();
  [[nodiscard]] const Queued* find(model::JobId job) const;
  [[nodiscard]] Candidate& candidate_of(const Queued& queued);
  /// Null: the section is planned as a whole.
  [[nodiscard]] CountedPlan* counted(std::int32_t section) const;
  template <class Visit>
  void each_counted(const Visit& visit) const {
    for (std::size_t p = 0; p < planning_.counted.size(); ++p)
      if (CountedPlan* const one = counted(static_cast<std::int32_t>(p))) visit(*one);
  }
  [[nodiscard]] Instant next_whole();

  Snapshot snapshot_;
  Planning planning_;
  std::vector<IdleClasses> idle_;     ///< of the whole plan
  std::vector<model::JobId> starts_;  ///< that the last plan or step said, by id
  Instant whole_by_;                  ///< a whole plan is due then
  bool indexed_ = false;
  std::unordered_map<std::uint64_t, std::size_t> running_;  ///< by job: index into Snapshot::running
  std::map<model::JobId, const Queued*> late_;              ///< who has come since; null: is gone, or started
  std::vector<std::unique_ptr<WaitingView>> views_;         ///< of those
};

}  // namespace mingyue::sched
