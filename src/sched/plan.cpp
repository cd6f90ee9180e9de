#include "sched/plan.hpp"

#include <algorithm>
#include <map>

#include "sched/deadlines.hpp"
#include "sched/idle.hpp"
#include "sched/partition_planner.hpp"
#include "sched/planning.hpp"
#include "sched/reasons.hpp"

namespace mingyue::sched {
namespace {

std::vector<std::unique_ptr<CountedPlan>> counted_plans(Context& context, const PlanSettings& settings) {
  const Snapshot& snapshot = context.snapshot;
  std::vector<std::unique_ptr<CountedPlan>> counted(context.sections());
  for (std::size_t p = 0; p < snapshot.partitions.size(); ++p) {
    const auto partition = static_cast<std::int32_t>(p);
    const auto usable = std::ranges::count_if(
        snapshot.nodes, [&](const NodeView& node) { return node.partition == partition && node.available; });
    if (usable > 0 && static_cast<std::size_t>(usable) >= settings.counted_nodes)
      counted[p] = std::make_unique<CountedPlan>(context, partition);
  }
  return counted;
}

void add_starts(Plan& plan, const Context& context, const std::vector<std::vector<Candidate>>& candidates) {
  std::vector<std::pair<std::int32_t, Start>> starts;
  for (std::size_t p = 0; p < candidates.size(); ++p) {
    const std::vector<NodeFacts> nodes = context.nodes_of(static_cast<std::int32_t>(p));
    bool somebody_waits = false;
    for (const Candidate& candidate : candidates[p]) {
      if (!candidate.booking || candidate.booking->start > plan.at) {
        somebody_waits = true;
        continue;
      }
      Start start{.job = candidate.job->id, .nodes = {}, .backfill = somebody_waits};
      for (const NodeIndex node : candidate.booking->nodes)
        start.nodes.push_back(nodes[static_cast<std::size_t>(node)].id);
      starts.emplace_back(candidate.place, std::move(start));
    }
  }
  std::sort(starts.begin(), starts.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (auto& [place, start] : starts) plan.starts.push_back(std::move(start));
}

void add_preemptions(Plan& plan, const Context& context, const std::vector<std::vector<Candidate>>& candidates) {
  std::map<std::int32_t, const Candidate*> by_place;
  for (const auto& of_partition : candidates)
    for (const Candidate& candidate : of_partition)
      if (!candidate.victims.empty()) by_place.emplace(candidate.place, &candidate);
  for (const auto& [place, candidate] : by_place)
    for (const std::size_t i : candidate->victims)
      plan.preemptions.push_back({context.snapshot.running[i].attempt, candidate->job->id, candidate->moves});
}

std::optional<Instant> next_look(const Plan& plan, const Snapshot& snapshot) {
  Instant next = next_turn(snapshot);
  const auto consider = [&](const std::optional<Instant>& t) {
    if (t && *t > snapshot.now) next = std::min(next, *t);
  };
  for (const Wait& wait : plan.waits) consider(wait.promised);
  for (const WaitingView& job : snapshot.waiting) consider(job.blocked_until);
  return next == never ? std::nullopt : std::optional(next);
}

}  // namespace

Instant next_turn(const Snapshot& snapshot) {
  Instant next = never;
  const auto consider = [&](Instant t) {
    if (t > snapshot.now) next = std::min(next, t);
  };
  for (const WaitingView& job : snapshot.waiting) {
    if (!job.spec->deadline) continue;
    const Instant latest = latest_start(job);
    consider(latest - snapshot.policy.deadline_margin);
    consider(latest + milliseconds(1));
  }
  for (const ReservationView& reservation : snapshot.reservations) {
    for (const Window& window : reservation.windows) {
      consider(window.from);
      consider(window.to);
    }
  }
  return next;
}

Planning::Planning(const Snapshot& snapshot, const PlanSettings& settings)
    : context(snapshot), counted(counted_plans(context, settings)), sorter(context, counted) {}

Plan Planning::plan() {
  const Snapshot& snapshot = context.snapshot;
  Plan result;
  result.at = snapshot.now;
  if (!snapshot.waiting.empty()) sorter.sort();
  auto& candidates = sorter.candidates();
  for (std::size_t p = 0; p < candidates.size(); ++p) {
    const auto section = static_cast<std::int32_t>(p);
    if (p < snapshot.partitions.size() && snapshot.partitions[p].guest) continue;  // nothing is promised there
    if (counted[p]) {
      counted[p]->plan(candidates[p]);
      counted[p]->classify_idle(candidates[p], result.idle);
      continue;
    }
    PartitionPlanner planner(context, section);
    planner.plan(candidates[p], PartitionPlanner::Preempting::allowed);
    if (context.reservation_of(section) == nullptr)
      classify_idle(context, section, planner.calendar(), candidates[p], result.idle);
    else
      classify_reserved(context, section, planner.calendar(), result.idle);
  }
  add_starts(result, context, candidates);
  for (const model::JobId job : sorter.handed_over()) result.starts.push_back({.job = job, .nodes = {}});
  add_preemptions(result, context, candidates);
  if (!snapshot.waiting.empty()) result.waits = reasons(context, sorter.queue(), candidates, counted);
  result.replan_at = next_look(result, snapshot);
  return result;
}

Plan plan(const Snapshot& snapshot, const PlanSettings& settings) { return Planning(snapshot, settings).plan(); }

std::vector<PromiseView> promises_of(const Plan& plan) {
  std::vector<PromiseView> promises;
  for (const Wait& wait : plan.waits)
    if (wait.promised) promises.push_back({wait.job, *wait.promised, wait.promised_nodes, wait.place});
  return promises;
}

}  // namespace mingyue::sched
