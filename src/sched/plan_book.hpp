#pragma once

#include <vector>

#include "sched/plan.hpp"

namespace mingyue::sched {

/// The plan that is in force: a whole one, with the steps that came after it. Steps are put together when somebody
/// looks; so a step costs next to nothing, and a look after one costs a pass over all that wait.
class PlanBook {
 public:
  void take(Plan whole);
  void take(PlanStep step);

  /// Who came is among the others by the place that the order gave; places are counted anew.
  [[nodiscard]] const Plan& plan();

  [[nodiscard]] std::optional<Instant> replan_at() const { return replan_at_; }

 private:
  Plan plan_;
  /// Of those who wait: twice the place that the whole plan gave, odd for who came before that one; empty: no step yet.
  std::vector<std::int64_t> places_;
  std::vector<PlanStep> steps_;
  std::optional<Instant> replan_at_;
};

}  // namespace mingyue::sched
