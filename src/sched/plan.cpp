#include "sched/plan.hpp"

#include <algorithm>
#include <map>
#include <memory>

#include "base/invariant.hpp"
#include "sched/counted_plan.hpp"
#include "sched/deadlines.hpp"
#include "sched/idle.hpp"
#include "sched/partition_planner.hpp"
#include "sched/reasons.hpp"

namespace mingyue::sched {
namespace {

/// Sorts the queue into those that may be planned and those that may not, and why.
class Sorter {
 public:
  Sorter(Context& context, std::vector<std::unique_ptr<CountedPlan>>& counted)
      : context_(context), counted_(counted), candidates_(context.sections()) {
    for (std::size_t p = 0; p < candidates_.size(); ++p) {
      nodes_.push_back(context.nodes_of(static_cast<std::int32_t>(p)));
      auto& totals = totals_.emplace_back();
      for (const NodeFacts& node : nodes_.back()) totals.push_back(node.total);
    }
  }

  void sort() {
    const auto& waiting = context_.snapshot.waiting;
    for (const auto& [id, terms] : order(context_.snapshot)) {
      const auto job = std::lower_bound(waiting.begin(), waiting.end(), id,
                                        [](const WaitingView& view, model::JobId wanted) { return view.id < wanted; });
      INVARIANT(job != waiting.end() && job->id == id, "job {} is ordered but does not wait", id.raw());
      add(*job, terms);
    }
  }

  [[nodiscard]] const std::vector<Queued>& queue() const { return queue_; }
  [[nodiscard]] std::vector<std::vector<Candidate>>& candidates() { return candidates_; }

 private:
  void add(const WaitingView& job, const PriorityTerms& terms) {
    Queued queued{.job = &job,
                  .section = context_.section_of(job),
                  .terms = terms,
                  .place = static_cast<std::int32_t>(queue_.size()) + 1,
                  .shapes = {}};
    const auto p = static_cast<std::size_t>(queued.section);
    // Where the wall limit is no part of a shape, many more jobs share one.
    queued.shapes = context_.shapes.of(*job.spec, counted_[p] ? Duration{} : job.wall, allowance_of(job));
    const Duration wall_max = context_.snapshot.partitions[static_cast<std::size_t>(job.partition)].wall_max;
    const bool retries = job.blocked == Blocked::retry_delay && job.blocked_until;
    queued.floor = retries ? std::max(*job.blocked_until, context_.snapshot.now) : context_.snapshot.now;
    if (job.blocked != Blocked::no && !retries)
      queued.kind = Queued::Kind::blocked;
    else if (wall_max > Duration{} && job.wall > wall_max)
      queued.kind = Queued::Kind::wall_exceeds;
    else if (counted_[p] ? !counted_[p]->ever_fits(job) : !ever_fits(p, queued.shapes))
      queued.kind = Queued::Kind::too_large;
    else {
      queued.candidate = candidates_[p].size();
      candidates_[p].push_back({.job = &job,
                                .place = queued.place,
                                .shapes = queued.shapes,
                                .floor = queued.floor,
                                .booking = {},
                                .victims = {}});
    }
    queue_.push_back(std::move(queued));
  }

  /// On the section's available nodes, with nothing else on them.
  [[nodiscard]] bool ever_fits(std::size_t section, const std::vector<ShapeId>& shapes) {
    return std::any_of(shapes.begin(), shapes.end(), [&](ShapeId id) {
      const auto [known, is_new] = ever_fits_.try_emplace({section, id}, false);
      if (is_new) known->second = place(nodes_[section], totals_[section], context_.shapes[id]).has_value();
      return known->second;
    });
  }

  Context& context_;
  std::vector<std::unique_ptr<CountedPlan>>& counted_;
  std::vector<Queued> queue_;
  std::vector<std::vector<Candidate>> candidates_;  ///< by partition, in order
  std::vector<std::vector<NodeFacts>> nodes_;       ///< by partition
  std::vector<std::vector<Room>> totals_;
  std::map<std::pair<std::size_t, ShapeId>, bool> ever_fits_;
};

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
  std::optional<Instant> next;
  const auto consider = [&](const std::optional<Instant>& t) {
    if (t && *t > snapshot.now && (!next || *t < *next)) next = t;
  };
  for (const Wait& wait : plan.waits) consider(wait.promised);
  for (const WaitingView& job : snapshot.waiting) {
    consider(job.blocked_until);
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

}  // namespace

Plan plan(const Snapshot& snapshot) {
  Plan result;
  result.at = snapshot.now;
  Context context(snapshot);
  std::vector<std::unique_ptr<CountedPlan>> counted(context.sections());
  for (std::size_t p = 0; p < snapshot.partitions.size(); ++p) {
    const auto partition = static_cast<std::int32_t>(p);
    const auto usable = std::ranges::count_if(
        snapshot.nodes, [&](const NodeView& node) { return node.partition == partition && node.available; });
    if (static_cast<std::size_t>(usable) >= counted_nodes)
      counted[p] = std::make_unique<CountedPlan>(context, partition);
  }
  Sorter sorter(context, counted);
  if (!snapshot.waiting.empty()) sorter.sort();
  auto& candidates = sorter.candidates();
  for (std::size_t p = 0; p < candidates.size(); ++p) {
    const auto section = static_cast<std::int32_t>(p);
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
  add_preemptions(result, context, candidates);
  if (!snapshot.waiting.empty()) result.waits = reasons(context, sorter.queue(), candidates, counted);
  result.replan_at = next_look(result, snapshot);
  return result;
}

std::vector<PromiseView> promises_of(const Plan& plan) {
  std::vector<PromiseView> promises;
  for (const Wait& wait : plan.waits)
    if (wait.promised) promises.push_back({wait.job, *wait.promised, wait.promised_nodes, wait.place});
  return promises;
}

}  // namespace mingyue::sched
