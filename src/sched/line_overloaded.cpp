#include <algorithm>

#include "sched/line_planner_inside.hpp"

/// Whom `aged` promises the one start while the partition is overloaded: who comes then waits for more than a day
/// whatever is done, and the order only says whose wait it is, and how well gangs follow each other.
///
///   who asks for a minute or less is promised a start, and backfilled, before all others: such work takes next to
///   nothing from anybody, and it is what waits longest by its own measure. (More of such work than the machine can do
///   would keep all else waiting; what a centre runs live is conservative and does not do this.)
///   else the promise goes, among those who stand within a day and a half of the first in line, to who could start
///   soonest, and of those to the widest. So narrow work of that time goes before the nodes are gathered for a gang,
///   gangs are gathered for one after the other, and one that ends makes room for the next. A choice within a window
///   of the line, so that nobody waits for ever by it: W. Tang, Z. Lan, N. Desai, D. Buettner, "Reducing Fragmentation
///   on Torus-Connected Supercomputers", IPDPS 2011;
///   once given, the promise stands until it is kept.
namespace mingyue::sched {
namespace {
std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }
constexpr Duration window = hours(36);
}  // namespace

/// Starts who may start before the promise is given; the slot of who gets it or has it, or -1.
std::int32_t LinePlanner::Inside::start_held(std::vector<LineStart>& starts) {
  while (!all.empty()) {
    const std::int32_t first = all.first(Duration{INT64_MAX})->slot;
    if (held && !jobs[at(first)].again) {
      const std::int32_t slot = *held;
      if (start_if_it_fits(slot, starts)) continue;
      const bool has_a_start = promise(slot, now) != never;
      take_back(slot);
      if (has_a_start) return slot;
      held.reset();  // nodes went down: nobody is to wait for it
    }
    if (!queue.overloaded() || jobs[at(first)].again) {
      if (!start_if_it_fits(first, starts)) return first;
      continue;
    }
    const Place last{jobs[at(first)].key + window.raw(), UINT64_MAX};
    if (start_widest(last, starts)) continue;
    held = soonest(last);
    return *held;
  }
  return -1;
}

/// Starts the widest that fits now, of those not after `last` and those soon done.
bool LinePlanner::Inside::start_widest(Place last, std::vector<LineStart>& starts) {
  std::vector<const Shape*> in_vain;
  while (true) {
    const WaitingLine::Entry* best = nullptr;
    const Shape* of = nullptr;
    for (const Shape& shape : shapes) {
      if (shape.line.empty() || (of != nullptr && shape.width <= of->width)) continue;
      if (std::ranges::find(in_vain, &shape) != in_vain.end()) continue;
      const Instant until = might_run_until(shape);
      if (until <= now) continue;
      const auto* entry = shape.line.first(until - now);
      if (entry == nullptr || entry->place > last) entry = shape.line.first(std::min(until - now, soon));
      if (entry != nullptr) best = entry, of = &shape;
    }
    if (best == nullptr) return false;
    if (start_if_it_fits(best->slot, starts)) return true;
    in_vain.push_back(of);  // several demands, each of which would fit by itself
  }
}

/// Who could start soonest of those soon done, or else of those not after `last`: the narrowest, or the widest that
/// could start when it could.
std::int32_t LinePlanner::Inside::soonest(Place last) {
  for (const Duration most : {soon, Duration{INT64_MAX}}) {
    const auto candidate = [&](const Shape& shape) -> const WaitingLine::Entry* {
      const auto* entry = shape.line.empty() ? nullptr : shape.line.first(most);
      return entry != nullptr && (most == soon || entry->place <= last) ? entry : nullptr;
    };
    const WaitingLine::Entry* best = nullptr;
    const Shape* of = nullptr;
    for (const Shape& shape : shapes) {
      if (of != nullptr && shape.width >= of->width) continue;
      if (const auto* entry = candidate(shape)) best = entry, of = &shape;
    }
    if (best == nullptr) continue;
    const Instant start = promise(best->slot, now);
    take_back(best->slot);
    if (start == never) continue;
    for (const Shape& shape : shapes) {
      if (shape.width <= of->width || !shape.plain() || shape.demand.whole == 0) continue;
      const auto* entry = candidate(shape);
      if (entry == nullptr || nodes.fewer_than(shape.demand.kind, shape.demand.nodes(), start, start + entry->wall))
        continue;
      best = entry, of = &shape;
    }
    return best->slot;
  }
  return all.first(Duration{INT64_MAX})->slot;
}

}  // namespace mingyue::sched
