#include "sched/partition_planner.hpp"

#include <algorithm>

#include "sched/room.hpp"

namespace mingyue::sched {

void PartitionPlanner::plan(std::vector<Candidate>& candidates, Preempting preempting) {
  claimed_.assign(context_.snapshot.running.size(), false);
  bind(candidates);
  bool moved = pass(candidates, preempting);
  for (int i = 1; i < passes_max && moved; ++i) moved = pass(candidates, Preempting::not_allowed);
  if (preempting == Preempting::allowed) move_for_first(candidates);
}

/// A promise binds while every candidate before it has a promise too and had it in the same order: then nobody new is
/// before it, and nothing but backfill could delay it. One that the world has broken (a node lost, work that outlives
/// its limit) is planned afresh at once, behind what is bound before it and ahead of what comes after.
void PartitionPlanner::bind(std::vector<Candidate>& candidates) {
  std::map<model::JobId, const PromiseView*> promises;
  for (const PromiseView& promise : context_.snapshot.promises) promises.emplace(promise.job, &promise);
  if (promises.empty()) return;
  std::int32_t place = 0;
  for (Candidate& candidate : candidates) {
    const auto promise = promises.find(candidate.job->id);
    if (promise == promises.end() || promise->second->place <= place) return;
    candidate.booking = promised_booking(candidate, *promise->second);
    if (!candidate.booking) candidate.booking = search(candidate);
    if (candidate.booking) calendar_.add(*candidate.booking);
    place = promise->second->place;
  }
}

std::optional<Booking> PartitionPlanner::promised_booking(const Candidate& candidate, const PromiseView& promise) {
  std::vector<NodeIndex> nodes;
  for (const model::NodeId id : promise.nodes) {
    const auto index = Context::index_of(calendar_.nodes(), id);
    if (!index) return std::nullopt;
    nodes.push_back(*index);
  }
  const Instant start = std::max(promise.start, candidate.floor);
  for (const ShapeId fewest : candidate.shapes) {
    const auto id = context_.shapes.with_tasks(fewest, static_cast<std::int32_t>(nodes.size()));
    if (!id) return std::nullopt;
    const Shape& shape = context_.shapes[*id];
    bool suitable = true;
    for (const ShapePart& part : shape.parts)
      for (std::int32_t i = 0; i < part.tasks; ++i)
        suitable = suitable &&
                   suits(part, calendar_.nodes()[static_cast<std::size_t>(
                                   nodes[static_cast<std::size_t>(part.first_rank) + static_cast<std::size_t>(i)])]);
    if (!suitable) continue;
    Booking booking = calendar_.booking(shape, *id, start, nodes);
    if (calendar_.has_room(booking)) return booking;
  }
  return std::nullopt;
}

bool PartitionPlanner::pass(std::vector<Candidate>& candidates, Preempting preempting) {
  const Instant now = context_.snapshot.now;
  bool moved = false;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    Candidate& candidate = candidates[i];
    if (!candidate.victims.empty()) continue;  // they were asked for this very booking
    const std::optional<Booking> old = candidate.booking;
    if (old) calendar_.remove(*old);
    std::optional<Booking> found = search(candidate);
    if (old) {
      // What starts now is placed afresh, by what is best now. A promise that cannot move keeps its nodes.
      const bool better = found && (found->start < old->start || (old->start <= now && found->start == old->start));
      if (!better) found = old;
      if (found->start < old->start) moved = true;
      if (found->start < old->start || found->nodes != old->nodes) frontier_.lower(old->start);
    }
    if (found) calendar_.add(*found);
    candidate.booking = std::move(found);
    const bool may_preempt = candidate.job->preempts || candidate.job->goes_on;
    if (preempting == Preempting::allowed && may_preempt && candidate.booking && candidate.floor <= now &&
        candidate.booking->start > now)
      preempt_for(candidate, std::span(candidates).subspan(i + 1));
  }
  return moved;
}

std::optional<Booking> PartitionPlanner::search(const Candidate& candidate) {
  std::optional<Booking> best;
  const Instant old_start = candidate.booking ? candidate.booking->start : never;
  for (const ShapeId id : candidate.shapes) {
    const Shape& shape = context_.shapes[id];
    Instant bound = frontier_.bound(shape);
    // Its own booking, just taken out, may have been what the frontier ran into.
    if (candidate.booking) bound = std::min(bound, old_start - shape.wall + milliseconds(1));
    const Instant limit = best ? best->start - milliseconds(1) : old_start;
    const Instant from = std::max({bound, candidate.floor, context_.snapshot.now});
    auto found = calendar_.earliest(shape, id, from, limit);
    if (candidate.floor <= std::max(bound, context_.snapshot.now))
      frontier_.raise(shape, found ? found->start : limit < never ? limit + milliseconds(1) : never);
    if (found) best = std::move(found);
  }
  if (best) grow(*best);
  return best;
}

/// The most tasks for which there is room at that start. What fits with some tasks fits with fewer.
void PartitionPlanner::grow(Booking& booking) {
  const ShapeId fewest = booking.shape;
  std::int32_t good = context_.shapes[fewest].tasks;
  std::int32_t open = context_.shapes.tasks_most(fewest);
  while (good < open) {
    const std::int32_t middle = good + (open - good + 1) / 2;
    const auto id = context_.shapes.with_tasks(fewest, middle);
    auto larger = id ? calendar_.at(context_.shapes[*id], *id, booking.start) : std::nullopt;
    if (larger) {
      booking = std::move(*larger);
      good = middle;
    } else {
      open = middle - 1;
    }
  }
}

std::vector<Victim> PartitionPlanner::victims_for(const WaitingView& job) const {
  std::vector<Victim> victims;
  const auto& running = context_.snapshot.running;
  for (std::size_t i = 0; i < running.size(); ++i) {
    const RunningView& run = running[i];
    if (run.ending || claimed_[i] || !context_.gives_way(run, job)) continue;
    Victim victim{.running = i,
                  .attempt = run.attempt,
                  .holds = Context::holds_on(calendar_.nodes(), run),
                  .out = context_.end_if_asked(run),
                  .end = context_.end_of(run),
                  .work = 0};
    if (victim.holds.empty()) continue;
    for (const auto& [node, room] : victim.holds)
      victim.work += weight(calendar_.nodes()[static_cast<std::size_t>(node)].total, room) * run.unsaved.raw();
    victims.push_back(std::move(victim));
  }
  return victims;
}

void PartitionPlanner::preempt_for(Candidate& candidate, std::span<Candidate> after) {
  const WaitingView& job = *candidate.job;
  const auto known = hopeless_.find(candidate.shapes.front());
  if (!job.goes_on && known != hopeless_.end() && known->second >= job.rank) return;
  const Instant before = candidate.booking->start;
  // A last plan asked somebody already, and that suffices.
  if (!ending_for(context_, calendar_.nodes(), candidate).empty()) return;
  std::vector<Victim> victims = victims_for(job);
  if (victims.empty()) return;

  // A preemption is by rank: promises after this one may have to give way.
  calendar_.remove(*candidate.booking);
  for (const Candidate& other : after)
    if (other.booking) calendar_.remove(*other.booking);
  auto claimed = claim(calendar_, context_.shapes, candidate.shapes, before, victims);
  if (claimed) {
    for (const std::size_t i : claimed->victims) {
      claimed_[i] = true;
      const RunningView& run = context_.snapshot.running[i];
      for (const auto& [node, room] : Context::holds_on(calendar_.nodes(), run))
        calendar_.release(node, context_.end_if_asked(run), context_.end_of(run), room);
    }
    candidate.victims = claimed->victims;
    candidate.booking = std::move(claimed->booking);
    frontier_ = Frontier(context_.snapshot.now);
    hopeless_.clear();
  } else if (!job.goes_on &&
             std::all_of(victims.begin(), victims.end(), [&](const Victim& v) { return v.out < before; })) {
    // Not for lack of time: then the same shape of no higher rank finds nobody either, for room is only taken.
    hopeless_[candidate.shapes.front()] = job.rank;
  }
  calendar_.add(*candidate.booking);
  bool binds = true;
  for (Candidate& other : after) {
    if (!other.booking) continue;
    binds = binds && calendar_.has_room(*other.booking);
    if (binds)
      calendar_.add(*other.booking);
    else
      other.booking.reset();
  }
}

std::vector<model::AttemptId> ending_for(const Context& context, std::span<const NodeFacts> nodes,
                                         const Candidate& candidate) {
  std::vector<model::AttemptId> attempts;
  if (!candidate.booking || !(candidate.job->preempts || candidate.job->goes_on)) return attempts;
  bool decides = false;
  for (const RunningView& run : context.snapshot.running) {
    if (!run.ending || !context.gives_way(run, *candidate.job)) continue;
    const Instant end = context.end_of(run);
    if (end > candidate.booking->start) continue;
    const auto holds = Context::holds_on(nodes, run);
    const auto& takes = candidate.booking->takes;
    const bool meets = std::any_of(holds.begin(), holds.end(), [&](const auto& hold) {
      return std::any_of(takes.begin(), takes.end(), [&](const auto& take) { return take.first == hold.first; });
    });
    if (!meets) continue;
    attempts.push_back(run.attempt);
    decides = decides || end == candidate.booking->start;
  }
  if (!decides) attempts.clear();
  return attempts;
}

}  // namespace mingyue::sched
