#include <algorithm>
#include <tuple>

#include "base/invariant.hpp"
#include "sched/line_planner_inside.hpp"

/// Holes that have come free are offered to those whom they let start earlier. Why: line_conservative.cpp.
namespace mingyue::sched {
namespace {
std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }
constexpr std::size_t again_most = 8;
WaitingLine::Place behind(WaitingLine::Place place) { return {place.key, place.tie + 1}; }
}  // namespace

void LinePlanner::Inside::push(const Offer& offer) {
  if (hurried && offer.from > now) {
    later_offers.push_back(offer);
    return;
  }
  offers.push_back(offer);
  std::ranges::push_heap(offers, LastFirst{});
}

/// Offers a hole to the first from `from` on whom it suits. If there is one before, who comes too late for this step,
/// they get it in the next.
void LinePlanner::Inside::offer_hole(Offer hole, const PromisedLine::Hole& free, Place from) {
  ++asked;
  const PromisedLine& line = shapes[at(hole.shape)].promised;
  const auto* first = line.first_to_gain(free, hole.place);
  if (first == nullptr || first->place >= hole.before) return;
  if (first->place < from) {
    Offer next = hole;
    next.place = first->place;
    next.slot = first->slot;
    next.before = from;
    later_offers.push_back(next);
    first = line.first_to_gain(free, from);
    if (first == nullptr || first->place >= hole.before) return;
  }
  hole.place = first->place;
  hole.slot = first->slot;
  push(hole);
}

/// Whole nodes, where they are free within the hole.
void LinePlanner::Inside::offer_whole(const Offer& hole, Place from) {
  const Demand& demand = shapes[at(hole.shape)].demand;
  for (Instant t = std::max(hole.from, now); t < hole.until;) {
    const auto run = nodes.next_run(demand.kind, demand.nodes(), t, hole.until);
    if (run.from >= hole.until) return;
    t = run.until;
    Offer one = hole;
    one.from = run.from;
    one.until = run.until;
    offer_hole(one, {run.from, run.until - run.from, run.until}, from);
  }
}

void LinePlanner::Inside::offer_part(const Offer& hole, Place from) {
  Offer one = hole;
  one.from = std::max(one.from, now);
  if (one.from >= one.until) return;
  one.wall_most = std::min(one.wall_most, one.until - one.from);
  offer_hole(one, {one.from, one.wall_most, one.from}, from);
}

/// Those of several demands look for themselves; so do those with a part beside whole nodes, which may share one now.
void LinePlanner::Inside::offer_again() {
  std::vector<PromisedLine::Entry> again;
  for (const Shape& shape : shapes) {
    if ((shape.plain() && !shape.mixed()) || shape.promised.empty()) continue;
    std::size_t some = 0;
    PromisedLine::Hole hole{now, Duration{INT64_MAX}, now};
    if (shape.mixed()) {
      const auto run = nodes.next_run(shape.demand.kind, shape.demand.whole, now);
      if (run.from > now) continue;
      hole.wall_most = run.until - now;
    }
    for (const auto* entry = shape.promised.first_to_gain(hole, the_first); entry != nullptr && some < again_most;
         ++some) {
      again.push_back(*entry);
      entry = shape.promised.first_to_gain(hole, behind(entry->place));
    }
  }
  std::ranges::sort(again, {}, &PromisedLine::Entry::place);
  if (again.size() > again_most) again.resize(again_most);
  for (const auto& entry : again) push({.place = entry.place, .slot = entry.slot, .kind = Offer::Kind::again});
}

/// Offers what has come free to those from `from` on, and to those before in the next step.
void LinePlanner::Inside::offer_gains(Place from) {
  LineNodes::Gains& gains = nodes.gains();
  std::vector<LineNodes::NodesGained> alone;
  for (const auto& gained : gains.nodes) {
    // What came free at once, or one after another, counts together.
    std::int32_t together = 0;
    for (const auto& other : gains.nodes) together += other.kind == gained.kind ? other.nodes : 0;
    const Instant to = gained.to;
    const Instant since = std::max(gained.from, now);
    if (since >= to) continue;
    const std::int32_t most = nodes.most(gained.kind, since, to);
    const auto each_new_run = [&](std::int32_t count, const auto& visit) {
      for (Instant t = count <= most ? since : to; t < to;) {
        const auto run = nodes.next_run(gained.kind, count, t, to);
        if (run.from >= to) return;
        if (nodes.fewer_than(gained.kind, count + together, run.from, std::min(run.until, to)))
          visit(nodes.run_began(gained.kind, count, run.from), run.until);
        t = run.until;
      }
    };
    std::vector<LineNodes::Run> single;
    each_new_run(1, [&](Instant began, Instant until) { single.push_back({began, until}); });
    for (const auto& run : single) alone.push_back({gained.kind, run.from, run.until, 1});
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      const Shape& shape = shapes[i];
      if (shape.promised.empty() || !shape.plain() || shape.demand.kind != gained.kind) continue;
      Offer hole{.place = the_first, .shape = static_cast<std::int32_t>(i)};
      if (shape.demand.whole > 0) {
        each_new_run(shape.demand.nodes(), [&](Instant began, Instant until) {
          hole.from = began, hole.until = until;
          offer_hole(hole, {began, until - began, until}, from);
        });
        continue;
      }
      for (const auto& run : single) {
        hole.from = run.from, hole.until = run.until;
        offer_part(hole, from);
        // A bin that closes within the run may stay open until its end.
        hole.from = nodes.first_closing(shape.demand.kind, shape.demand.part, run.from, run.until);
        if (hole.from < run.from) offer_part(hole, from);
      }
    }
  }
  for (const auto& run : alone) {
    for (const JobNumber job : nodes.alone_in_bins(run.kind, run.from, run.to))
      gains.slides.emplace_back(job, run.from);
  }
  for (const auto& gained : gains.parts) {
    const auto shape = shape_of.find(Demand{.kind = gained.kind, .part = gained.part});
    if (shape == shape_of.end()) continue;
    offer_part({.place = the_first, .shape = shape->second, .from = gained.from, .until = gained.until}, from);
  }
  for (const auto& [number, since] : gains.slides) {
    const auto found = slot_of.find(number);
    if (found == slot_of.end()) continue;  // it has left meanwhile
    const std::int32_t slot = found->second;
    const Job& job = jobs[at(slot)];
    if (job.promise == LineNodes::none || !shapes[at(job.shape)].plain()) continue;
    const Offer offer{.place = place(job), .slot = slot, .shape = job.shape, .from = since, .kind = Offer::Kind::slide};
    if (offer.place >= from)
      push(offer);
    else
      later_offers.push_back(offer);
  }
  gains.clear();
}

/// Offers that say the same, or less than another, are one. Of parts: whoever gains by a hole gains by one that begins
/// no later and takes no less, for where the part really fits is looked up when the offer is taken.
void LinePlanner::Inside::condense(std::vector<Offer>& some) const {
  const auto key = [](const Offer& o) { return std::tuple(o.kind, o.shape, o.from, o.until, o.place); };
  std::ranges::sort(some, {}, key);
  std::size_t kept = 0;
  std::size_t longest = 0;  // of this shape so far
  for (std::size_t i = 0; i < some.size(); ++i) {
    const Offer& one = some[i];
    const bool same_shape = kept > 0 && some[kept - 1].kind == one.kind && some[kept - 1].shape == one.shape;
    std::size_t into = kept;
    if (!same_shape) {
      longest = kept;
    } else if (one.kind != Offer::Kind::hole) {
      if (some[kept - 1].place == one.place) continue;
    } else if (shapes[at(one.shape)].demand.whole > 0) {
      if (some[kept - 1].from == one.from && some[kept - 1].until == one.until) into = kept - 1;
    } else if (one.wall_most <= some[longest].wall_most) {
      into = longest;
    } else {
      longest = kept;
    }
    if (into == kept) {
      some[kept++] = one;
      continue;
    }
    Offer& other = some[into];
    other.until = std::max(other.until, one.until);
    other.before = std::max(other.before, one.before);
    if (one.place < other.place) other.place = one.place, other.slot = one.slot;
  }
  some.resize(kept);
}

/// The job to which it was made still waits.
bool LinePlanner::Inside::stands(const Offer& offer) const {
  const Job& job = jobs[at(offer.slot)];
  return job.promise != LineNodes::none && place(job) == offer.place;
}

/// The first in line whom an offer suits takes the best of the offers made to it. How many those were.
std::size_t LinePlanner::Inside::answer(std::vector<LineStart>& starts) {
  const Place place = offers.front().place;
  const std::int32_t slot = offers.front().slot;
  const bool there = stands(offers.front());
  std::vector<Offer> mine;
  while (!offers.empty() && offers.front().place == place) {
    std::ranges::pop_heap(offers, LastFirst{});
    mine.push_back(offers.back());
    offers.pop_back();
  }
  const std::size_t answers = mine.size();
  condense(mine);
  const Duration wall = jobs[at(slot)].wall;
  const Instant promised = jobs[at(slot)].promised;
  const bool moved = there && move_earlier(slot, mine);
  if (moved) {
    if (jobs[at(slot)].promised == now)
      start_promised(slot, starts);
    else
      note_promise(slot);
  }
  for (Offer& offer : mine) {
    if (offer.kind != Offer::Kind::hole) continue;
    offer.place = behind(place);
    if (shapes[at(offer.shape)].demand.whole > 0) {
      offer_whole(offer, the_first);
      continue;
    }
    if (there && !moved && offer.wall_most >= wall) {
      // Nothing so long fits before its promise. What is longer may fit later, what is shorter sooner.
      Offer after = offer;
      after.from = promised;
      offer_part(after, the_first);
      offer.wall_most = wall - milliseconds(1);
    }
    offer_part(offer, the_first);
  }
  offer_gains(behind(place));
  return answers;
}

bool LinePlanner::Inside::move_earlier(std::int32_t slot, const std::vector<Offer>& mine) {
  Job& job = jobs[at(slot)];
  const Shape& shape = shapes[at(job.shape)];
  if (!shape.plain()) return promise_again(slot);
  const Instant earliest = std::max(now, job.not_before);
  const auto again = [](const Offer& offer) { return offer.kind == Offer::Kind::again; };
  if (std::ranges::any_of(mine, again) && earliest == now && promise_now(slot)) return true;
  if (shape.demand.whole > 0) {
    Instant best = job.promised;
    for (const Offer& offer : mine) {
      if (offer.kind != Offer::Kind::hole) continue;
      for (Instant t = offer.from; t < std::min(best, offer.until);) {
        const auto run = nodes.next_run(shape.demand.kind, shape.demand.nodes(), t, std::min(best, offer.until));
        const Instant start = std::max(run.from, earliest);
        if (start >= std::min(best, offer.until)) break;
        t = run.until;
        if (start >= run.until || (job.promised > run.until && job.wall > run.until - start)) continue;
        best = start;
      }
    }
    if (best == job.promised) return false;
    nodes.move_whole(job.promise, best);
  } else {
    Instant from = job.promised;
    for (const Offer& offer : mine) from = std::min(from, offer.from);
    from = std::max(from, earliest);
    if (from >= job.promised || !nodes.move_part(job.promise, from)) {
      nodes.gains().clear();  // of what was tried
      return false;
    }
  }
  job.promised = nodes.start_of(job.promise);
  return true;
}

/// A job of whole nodes and a part looks for a place for its part beside others, now.
bool LinePlanner::Inside::promise_now(std::int32_t slot) {
  Job& job = jobs[at(slot)];
  nodes.lift(job.promise);
  const LineNodes::Promise better = nodes.promise_now(job.number, shapes[at(job.shape)].demand, job.wall);
  if (better == LineNodes::none) {
    nodes.put_back(job.promise);
    nodes.gains().clear();  // of what was tried
    return false;
  }
  nodes.drop(job.promise);
  job.promise = better;
  job.promised = now;
  return true;
}

/// A job of several demands looks for an earlier start.
bool LinePlanner::Inside::promise_again(std::int32_t slot) {
  Job& job = jobs[at(slot)];
  const Instant promised = job.promised;
  const LineNodes::Promise kept = job.promise;
  const std::int32_t alternative = job.alternative;
  nodes.lift(kept);
  if (promise(slot, now) < promised) {
    nodes.drop(kept);
    return true;
  }
  nodes.take_back(job.promise);
  nodes.put_back(kept);
  nodes.gains().clear();  // of what was tried
  job.promise = kept;
  job.promised = promised;
  job.alternative = alternative;
  return false;
}

}  // namespace mingyue::sched
