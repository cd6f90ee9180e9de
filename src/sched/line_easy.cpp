#include <algorithm>

#include "sched/line_planner_inside.hpp"

/// The policies that promise one start at a time: first come first served (none), EASY and its orders (one).
namespace mingyue::sched {
namespace {
std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }
}  // namespace

void LinePlanner::Inside::easy(std::vector<LineStart>& starts) {
  if (promised_head && jobs[at(*promised_head)].nodes.empty()) jobs[at(*promised_head)].promised = never;
  if (policy == Backfill::aged && queue.overloaded() && !held) held = promised_head;  // a promise stands
  promised_head.reset();
  const std::int32_t head = policy == Backfill::aged ? start_held(starts) : start_in_order(starts);
  if (head < 0 || policy == Backfill::fcfs) return;
  (void)promise(head, now);
  promised_head = head;
  if (!waited_for(head)) backfill(starts);
  Job& job = jobs[at(head)];
  nodes.take_back(job.promise);
  job.promise = LineNodes::none;
}

/// Starts from the head of the line while it can; the slot of the first that cannot, or -1.
std::int32_t LinePlanner::Inside::start_in_order(std::vector<LineStart>& starts) {
  while (!all.empty()) {
    const std::int32_t slot = all.first(Duration{INT64_MAX})->slot;
    if (!start_if_it_fits(slot, starts)) return slot;
  }
  return -1;
}

/// The first in line lacks so little that it starts soonest, and costs least, if nothing else does.
bool LinePlanner::Inside::waited_for(std::int32_t head) const {
  constexpr std::int32_t gang_least = 16;
  constexpr std::int32_t lacking = 16;  // a sixteenth
  const Job& job = jobs[at(head)];
  const Shape& shape = shapes[at(job.shape)];
  if (policy != Backfill::aged || !shape.plain() || shape.demand.whole < 2) return false;
  if (!job.again && (shape.demand.whole < gang_least || pressure() != Pressure::full)) return false;
  return shape.demand.whole - nodes.empty(shape.demand.kind) <= std::max(1, shape.demand.whole / lacking);
}

/// Starts whatever does not delay what is promised, the first in line of all shapes first; of an overloaded partition's
/// aged line, whoever is soon done before all others.
void LinePlanner::Inside::backfill(std::vector<LineStart>& starts) {
  bool soon_done = policy == Backfill::aged && queue.overloaded();
  while (true) {
    const WaitingLine::Entry* best = nullptr;
    Shape* of = nullptr;
    for (Shape& shape : shapes) {
      if (shape.line.empty()) continue;
      const Instant until = might_run_until(shape);
      if (until <= now) continue;
      const Duration most = soon_done ? std::min(until - now, soon) : until - now;
      const auto* first = shape.line.first(most, shape.untried);
      if (first != nullptr && (best == nullptr || first->place < best->place)) best = first, of = &shape;
    }
    if (best == nullptr && soon_done) {
      soon_done = false;
      continue;
    }
    if (best == nullptr) break;
    if (of->alternatives.empty()) {
      start_one(best->slot, starts);
      continue;
    }
    of->untried = {best->place.key, best->place.tie + 1};
    (void)start_request(best->slot, starts);
  }
  for (Shape& shape : shapes) shape.untried = the_first;
}

}  // namespace mingyue::sched
