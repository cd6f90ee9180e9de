#include "core/live_planner.hpp"

#include <utility>

#include "base/invariant.hpp"

namespace mingyue::core {

AdoptPlan adoption_of(const PlanResult& result, PlanMade made, bool news) {
  made.hash = result.hash;
  AdoptPlan adopts{.made = std::move(made), .news = news};
  std::visit(
      [&](const auto& plan) {
        adopts.starts = plan.starts;
        adopts.idle = plan.idle;
        if constexpr (requires { plan.preemptions; }) adopts.preemptions = plan.preemptions;
      },
      result.plan);
  return adopts;
}

PlanResult LivePlanner::whole(PlannerInput input) {
  kept_.reset();  // its memory is what this one needs
  kept_.reset(new Kept{std::move(input.specs), sched::KeptPlan(std::move(input.snapshot), settings_)});
  sched::Plan plan = kept_->plan.plan();
  std::string hash = print_hex(plan_hash(plan));
  return {std::move(plan), std::move(hash)};
}

std::optional<PlanResult> LivePlanner::go_on(Instant now, PlannerFeed::News news) {
  INVARIANT(kept_ != nullptr, "no plan was kept");
  kept_->specs.insert(kept_->specs.end(), std::make_move_iterator(news.specs.begin()),
                      std::make_move_iterator(news.specs.end()));
  auto step = kept_->plan.go_on(now, std::move(news.news));
  if (!step) {
    kept_.reset();
    return std::nullopt;
  }
  std::string hash = print_hex(plan_hash(*step));
  return PlanResult{std::move(*step), std::move(hash)};
}

}  // namespace mingyue::core
