#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/command.hpp"
#include "core/planner_feed.hpp"
#include "sched/kept_plan.hpp"

namespace mingyue::core {

struct PlanResult {
  std::variant<sched::Plan, sched::PlanStep> plan;
  std::string hash;  ///< hexadecimal core::plan_hash
};

/// The command with which the centre takes the plan; `made` is what is known of it but the hash.
[[nodiscard]] AdoptPlan adoption_of(const PlanResult& result, PlanMade made, bool news);

/// Plans a centre: whole plans, and steps that go on from the last one where that was worth keeping. Who asks hands in
/// what PlannerFeed says, in the order of the log; the same log and the same questions give the same plans.
class LivePlanner {
 public:
  explicit LivePlanner(const sched::PlanSettings& settings) : settings_(settings) {}

  [[nodiscard]] PlanResult whole(PlannerInput input);
  /// After whole(), and after a step that was there. Nothing: a whole plan is needed.
  [[nodiscard]] std::optional<PlanResult> go_on(Instant now, PlannerFeed::News news);
  /// Nothing more will be asked of the last plan.
  void drop() { kept_.reset(); }

 private:
  struct Kept {
    std::vector<Shared<model::JobSpec>> specs;
    sched::KeptPlan plan;
  };
  const sched::PlanSettings settings_;
  std::unique_ptr<Kept> kept_;
};

}  // namespace mingyue::core
