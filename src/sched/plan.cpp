#include "sched/plan.hpp"

#include <algorithm>
#include <map>
#include <memory>

#include "sched/asks.hpp"
#include "sched/counted_plan.hpp"
#include "sched/deadlines.hpp"
#include "sched/idle.hpp"
#include "sched/partition_planner.hpp"
#include "sched/queue_order.hpp"
#include "sched/reasons.hpp"

namespace mingyue::sched {
namespace {

/// Sorts the queue into those that may be planned and those that may not, and why.
class Sorter {
 public:
  Sorter(Context& context, std::vector<std::unique_ptr<CountedPlan>>& counted)
      : context_(context), counted_(counted), candidates_(context.sections()), numbers_(context.types) {
    for (std::size_t p = 0; p < candidates_.size(); ++p) {
      nodes_.push_back(context.nodes_of(static_cast<std::int32_t>(p)));
      auto& totals = totals_.emplace_back();
      for (const NodeFacts& node : nodes_.back()) totals.push_back(node.total);
    }
  }

  void sort() {
    const auto& waiting = context_.snapshot.waiting;
    // What jobs say is read once, in the order in which it lies in memory: it is most of what there is to read.
    QueueOrder order(context_.snapshot);
    std::vector<std::uint32_t> numbers;
    std::vector<std::size_t> in_section(candidates_.size());
    terms_.reserve(waiting.size());
    numbers.reserve(waiting.size());
    for (const WaitingView& job : waiting) {
      const std::int32_t section = context_.section_of(job);
      terms_.push_back(order.terms(job));
      numbers.push_back(static_cast<std::uint32_t>(
          numbers_.number_of(section, *job.spec, wall_asked(section, job), allowance_of(job))));
      ++in_section[static_cast<std::size_t>(section)];
    }
    for (std::size_t p = 0; p < candidates_.size(); ++p) candidates_[p].reserve(in_section[p]);
    queue_.reserve(waiting.size());
    for (const std::uint32_t view : in_order(context_.snapshot, terms_))
      add(waiting[view], terms_[view], numbers[view]);
  }

  [[nodiscard]] const std::vector<Queued>& queue() const { return queue_; }
  [[nodiscard]] std::vector<std::vector<Candidate>>& candidates() { return candidates_; }
  /// Jobs of guest partitions that may go to the engine now, in order.
  [[nodiscard]] const std::vector<model::JobId>& handed_over() const { return handed_over_; }

 private:
  /// What follows from what is asked.
  struct Ask {
    bool known = false;
    bool ever_fits = false;
    std::vector<ShapeId> shapes;
    std::int32_t line_shape = -1;
  };

  /// Where the wall limit is no part of a shape, many more jobs share one.
  [[nodiscard]] Duration wall_asked(std::int32_t section, const WaitingView& job) const {
    return counted_[static_cast<std::size_t>(section)] ? Duration{} : job.wall;
  }

  [[nodiscard]] const Ask& ask_of(const WaitingView& job, std::int32_t section, std::size_t number) {
    if (asks_.size() <= number) asks_.resize(number + 1);
    Ask& ask = asks_[number];
    if (ask.known) return ask;
    const auto p = static_cast<std::size_t>(section);
    const Allowance allowance = allowance_of(job);
    ask.known = true;
    ask.shapes = context_.shapes.of(*job.spec, wall_asked(section, job), allowance);
    if (counted_[p]) {
      ask.line_shape = counted_[p]->line().shape_of(*job.spec, allowance);
      ask.ever_fits = counted_[p]->line().ever_fits(ask.line_shape);
    } else {
      ask.ever_fits = std::ranges::any_of(ask.shapes, [&](ShapeId id) {
        return place(nodes_[p], totals_[p], context_.shapes[id]).has_value();  // with nothing else on them
      });
    }
    return ask;
  }

  void add(const WaitingView& job, const PriorityTerms& terms, std::size_t number) {
    Queued queued{.job = &job,
                  .section = context_.section_of(job),
                  .terms = &terms,
                  .place = static_cast<std::int32_t>(queue_.size()) + 1,
                  .shapes = {}};
    const Ask& ask = ask_of(job, queued.section, number);
    queued.shapes = ask.shapes;
    const Duration wall_max = context_.snapshot.partitions[static_cast<std::size_t>(job.partition)].wall_max;
    const bool retries = job.blocked == Blocked::retry_delay && job.blocked_until;
    queued.floor = retries ? std::max(*job.blocked_until, context_.snapshot.now) : context_.snapshot.now;
    const bool guest = context_.snapshot.partitions[static_cast<std::size_t>(job.partition)].guest;
    if ((job.blocked != Blocked::no && !retries) || (guest && queued.floor > context_.snapshot.now))
      queued.kind = Queued::Kind::blocked;
    else if (wall_max > Duration{} && job.wall > wall_max)
      queued.kind = Queued::Kind::wall_exceeds;
    else if (!ask.ever_fits)
      queued.kind = Queued::Kind::too_large;
    else if (guest)
      return handed_over_.push_back(job.id);  // the engine's own queue decides the rest
    else {
      auto& candidates = candidates_[static_cast<std::size_t>(queued.section)];
      queued.candidate = candidates.size();
      candidates.push_back({.job = &job,
                            .place = queued.place,
                            .shapes = queued.shapes,
                            .line_shape = ask.line_shape,
                            .floor = queued.floor,
                            .booking = {},
                            .victims = {}});
    }
    queue_.push_back(queued);
  }

  Context& context_;
  std::vector<std::unique_ptr<CountedPlan>>& counted_;
  std::vector<Queued> queue_;
  std::vector<model::JobId> handed_over_;
  std::vector<PriorityTerms> terms_;                ///< by place in the snapshot
  std::vector<std::vector<Candidate>> candidates_;  ///< by partition, in order
  std::vector<std::vector<NodeFacts>> nodes_;       ///< by partition
  std::vector<std::vector<Room>> totals_;
  Asks numbers_;
  std::vector<Ask> asks_;  ///< by number
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

std::vector<PromiseView> promises_of(const Plan& plan) {
  std::vector<PromiseView> promises;
  for (const Wait& wait : plan.waits)
    if (wait.promised) promises.push_back({wait.job, *wait.promised, wait.promised_nodes, wait.place});
  return promises;
}

}  // namespace mingyue::sched
